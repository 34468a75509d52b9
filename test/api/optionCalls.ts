/** A call of every public function that takes options, with what else it needs to get as far as looking at them. */
import * as tfl from '@tensorflow/tfjs-layers';
import * as browser from '../../src/index.js';
import * as node from '../../src/index.node.js';
import * as tagging from '../../src/tagging/index.js';

// What stands before the options is not looked at before they are.
const unseen = null as never;

type Call = (options: never) => unknown;

function attachableModel(): tfl.LayersModel {
  const model = tfl.sequential({ name: 'small' });
  model.add(tfl.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] }));
  return model;
}

const { WeldonPooling1D, WeldonPooling2D, WeldonPooling3D } = browser;

/** By face and name. */
export const optionCalls: Partial<Record<string, Record<string, Call>>> = {
  'tfjs-weldon': {
    registerGradientKernels: (options) => browser.registerGradientKernels(options),
    registerWeldonKernels: (options) => browser.registerWeldonKernels(options),
    logSumExpPool: (options) => browser.logSumExpPool([[[1]]], options),
    weldonPool: (options) => browser.weldonPool([[[1]]], options),
    weldonRegions: (options) => browser.weldonRegions([[[1]]], options),
    WeldonPooling1D: (options) => new WeldonPooling1D(options),
    WeldonPooling2D: (options) => new WeldonPooling2D(options),
    WeldonPooling3D: (options) => new WeldonPooling3D(options),
    ...Object.fromEntries(
      (
        [
          'classWisePooling1d',
          'classWisePooling2d',
          'classWisePooling3d',
          'logSumExpPooling1d',
          'logSumExpPooling2d',
          'logSumExpPooling3d',
          'weldonPooling1d',
          'weldonPooling2d',
          'weldonPooling3d',
        ] as const
      ).map((name) => [name, (options: never) => browser[name](options)]),
    ),
    attachWeldon: (options) => browser.attachWeldon(attachableModel(), options),
    convolutionalize: (options) => browser.convolutionalize(attachableModel(), options),
    attachWeldonToGraph: (options) => browser.attachWeldonToGraph(unseen, options),
    graphModelFeatures: (options) => browser.graphModelFeatures(unseen, options),
    pairWithGraph: (options) => browser.pairWithGraph(unseen, unseen, options),
    prepareImages: (options) => browser.prepareImages(unseen, unseen, options),
    receptiveField: (options) => browser.receptiveField(unseen, options),
    loadEfficientNetLite0: (options) => browser.loadEfficientNetLite0(unseen, options),
    ...Object.fromEntries(
      (
        [
          'efficientNetLite0',
          'mobilenetV2',
          'resnet18',
          'resnet34',
          'resnet50',
          'resnet101',
          'resnet152',
          'wideResnet50_2',
          'wideResnet101_2',
          'wideResnet',
          'vgg16',
          'vgg16bn',
        ] as const
      ).map((name) => [name, (options: never) => browser[name](options)]),
    ),
    modelFiles: (options) => browser.modelFiles(unseen, options),
    urlRanges: (options) => browser.urlRanges(unseen, options),
    classHeatmaps: (options) => browser.classHeatmaps(attachableModel(), [], options),
    gradCam: (options) => browser.gradCam(attachableModel(), [], options),
    colorizeMap: (options) => browser.colorizeMap(unseen, options),
    legend: (options) => browser.legend(unseen, options),
    overlayMap: (options) => browser.overlayMap(unseen, unseen, options),
    mapGeometry: (options) => browser.mapGeometry(unseen, unseen, options),
    regionsInPixels: (options) => browser.regionsInPixels(unseen, [] as never[], unseen, options),
    upsampleMap: (options) => browser.upsampleMap(unseen, options),
    drawHeatmap: (options) => browser.drawHeatmap(unseen, options, unseen),
    bootstrapInterval: (options) => browser.bootstrapInterval(2, () => 1, options),
    AverageDrop: (options) => new browser.AverageDrop(unseen, options),
    DeletionInsertionMetric: (options) => new browser.DeletionInsertionMetric(unseen, options),
    CorLoc: (options) => new browser.CorLoc(2, options),
    MaxBoxAccuracy: (options) => new browser.MaxBoxAccuracy(options),
    PointingGame: (options) => new browser.PointingGame(2, options),
    PointwiseLocalization: (options) => new browser.PointwiseLocalization(2, options),
    learnEnsembleWeights: (options) => browser.learnEnsembleWeights(unseen, unseen, options),
    trainObjectBank: (options) => browser.trainObjectBank(unseen, unseen, options),
    extractFeatures: (options) => browser.extractFeatures(unseen, unseen, options),
    featureStatistics: (options) => browser.featureStatistics(unseen, unseen, options),
    fineTune: (options) =>
      browser.fineTune(
        browser.attachWeldon(attachableModel(), { classes: 2 }),
        { train: { batchesPerEpoch: 1, batches: () => unseen } },
        options,
      ),
    trainLinearSoftmax: (options) => browser.trainLinearSoftmax(unseen, unseen, options),
    trainLinearSvm: (options) => browser.trainLinearSvm(unseen, unseen, options),
    apRanking: (options) => browser.apRanking(options),
    multiLabelSoftMargin: (options) => browser.multiLabelSoftMargin(options),
    oneVsAllLogistic: (options) => browser.oneVsAllLogistic(options),
    softmaxCrossEntropy: (options) => browser.softmaxCrossEntropy(options),
    squaredHinge: (options) => browser.squaredHinge(options),
    arrayData: (options) => browser.arrayData(options),
  },
  'tfjs-weldon/node': {
    drawHeatmap: (options) => node.drawHeatmap(unseen, options),
    checkImages: (options) => node.checkImages(unseen, options),
    readClassFolders: (options) => node.readClassFolders('none', options),
    readLabelFile: (options) => node.readLabelFile('none', options),
    splitDataSet: (options) => node.splitDataSet(unseen, options),
    computeFeatures: (options) => node.computeFeatures(unseen, unseen, options),
    diskFeatureStore: (options) => node.diskFeatureStore('none', options),
    readForModel: (options) => node.readForModel('none', unseen, options),
    readImage: (options) => node.readImage('none', options),
    readImages: (options) => node.readImages([], options),
    imageBatches: (options) => node.imageBatches(unseen, options),
    startRuntime: (options) => node.startRuntime(options),
    diskCheckpoints: (options) => node.diskCheckpoints('none', options),
    bakeImages: (options) => node.bakeImages([], options),
    bakeStatus: (options) => node.bakeStatus('none', options),
    collectBake: (options) => node.collectBake('none', options as never),
    runWorkers: (options) => node.runWorkers(options as never),
    evaluateModel: (options) => node.evaluateModel(options),
    evaluateSearch: (options) => node.evaluateSearch(options),
    findDuplicates: (options) => node.findDuplicates(options),
    forgetMetric: (options) => node.forgetMetric(options),
    learnFromFeedback: (options) => node.learnFromFeedback(options),
    indexImages: (options) => node.indexImages([], options),
    writeCollection: (options) => node.writeCollection(options),
    searchCatalogue: (options) => node.searchCatalogue(options),
    readSearchImage: (options) => node.readSearchImage('none', options),
    readTravelData: (options) => node.readTravelData(options),
    planExperiment: (options) => node.planExperiment(options),
    runExperiment: (options) => node.runExperiment(options),
    runExperimentCommand: (options) => node.runExperimentCommand([], options),
    heatmapFiles: (options) => node.heatmapFiles([], options).next(),
    prepareHeatmapModel: (options) => node.prepareHeatmapModel(options),
    writeHeatmap: (options) => node.writeHeatmap('none.png', unseen, options),
    exportModel: (options) => node.exportModel(options),
    importWeights: (options) => node.importWeights(options),
    openStore: (options) => node.openStore('none', options),
    serveCatalogue: (options) => node.serveCatalogue(options),
    openReport: (options) => node.openReport('none.html', options),
    tagFiles: (options) => node.tagFiles([], options),
    undoTags: (options) => node.undoTags([], options),
    themeFiles: (options) => node.themeFiles(options),
    trainModel: (options) => node.trainModel(options),
  },
  'tfjs-weldon/tagging': {
    attractivity: (options) => tagging.attractivity(unseen, options),
    blendTags: (options) => tagging.blendTags({ tags: [], verdicts: [] }, options),
    cooccurrence: (options) => tagging.cooccurrence(unseen, unseen, options),
    evaluateRecommender: (options) => tagging.evaluateRecommender(unseen, unseen, options),
    factorize: (options) => tagging.factorize(unseen, unseen, options),
    fitChoiceModel: (options) => tagging.fitChoiceModel(unseen, options),
    linearHead: (options) => tagging.linearHead([1], [0], options),
    profileOf: (options) => tagging.profileOf([], [], 1, options),
    projectRows: (options) => tagging.projectRows(unseen, unseen, unseen, options),
    rankOffers: (options) => tagging.rankOffers(unseen, unseen, options),
    scoresInThemes: (options) => tagging.scoresInThemes(unseen, unseen, options),
    tagImages: (options) => tagging.tagImages([], unseen, options),
    tagsOfScores: (options) => tagging.tagsOfScores(unseen, unseen, null, options),
    themesOf: (options) => tagging.themesOf([], options),
    trainRecommender: (options) => tagging.trainRecommender(unseen, options),
  },
};
