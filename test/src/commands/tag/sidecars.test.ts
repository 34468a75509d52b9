/** With ExifTool itself, which reads back what was written. */
import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import sharp from 'sharp';
import type { Sidecars } from '../../../../src/commands/tag/sidecars.js';
import { openSidecars, undoTags } from '../../../../src/commands/tag/sidecars.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';

const own = (...names: string[]) => names.map((tag) => ({ tag }));

describe('XMP sidecars', () => {
  const folder = temporaryFolder();
  let sidecars: Sidecars;
  before(async () => {
    sidecars = await openSidecars();
  });
  after(() => sidecars.close());

  /** The lists of a sidecar, by the ends of their fields' names. */
  function listsOf(image: string): Record<string, string[]> {
    const text = readFileSync(`${image}.xmp`, 'utf8');
    const lists = [...text.matchAll(/<(?:dc|lr|digiKam):(\w+)>\s*<rdf:(?:Bag|Seq)>(.*?)<\/rdf:(?:Bag|Seq)>/gs)];
    return Object.fromEntries(
      lists.map(([, name, items]) => [
        name,
        [...items.matchAll(/<rdf:li>(.*?)<\/rdf:li>/g)].map(([, item]) => item).sort(),
      ]),
    );
  }

  it('smoke: names with commas, bars, accents and markup; parents above; another list; undone to nothing', async () => {
    const image = folder.write('a.jpg', 'not looked at');
    const tags = [...own('jeep, landrover', 'crème brûlée', 'a|b', '<b>&c', '1.50'), { tag: 'car', parentOf: '1.50' }];
    expect((await sidecars.write(image, tags)).state).to.equal('written');
    const lists = listsOf(image);
    expect(lists.subject).to.deep.equal(
      ['jeep, landrover', 'crème brûlée', 'a|b', '&lt;b&gt;&amp;c', '1.50', 'car'].sort(),
    );
    expect(lists.hierarchicalSubject).to.include.members(['weldon|jeep, landrover', 'weldon|a-b', 'weldon|car|1.50']);
    expect(lists.TagsList).to.include.members(['weldon/crème brûlée', 'weldon/car/1.50']);
    expect((await sidecars.write(image, tags)).state).to.equal('unchanged');
    expect((await sidecars.write(image, own('coast'))).state).to.equal('written');
    expect(listsOf(image)).to.deep.equal({
      subject: ['coast'],
      hierarchicalSubject: ['weldon|coast'],
      TagsList: ['weldon/coast'],
    });
    expect((await sidecars.undo(image)).state).to.equal('removed');
    expect(existsSync(`${image}.xmp`)).to.equal(false);
    expect((await sidecars.undo(image)).state).to.equal('none');
    expect((await sidecars.write(image, [])).state).to.equal('none');
    expect(readFileSync(image, 'utf8')).to.equal('not looked at');
  });

  it('feature: tags of others stay, also those that we would have given, and are not taken back', async () => {
    const image = folder.path('b.png');
    await sharp({ create: { width: 4, height: 4, channels: 3, background: '#123' } })
      .png()
      .toFile(image);
    const others = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4">
<dc:subject><rdf:Bag><rdf:li>coast</rdf:li><rdf:li>007</rdf:li><rdf:li>1.50</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`;
    folder.write('b.png.xmp', others);
    expect((await sidecars.write(image, own('coast', 'seashore'))).state).to.equal('written');
    expect(listsOf(image)).to.deep.equal({
      subject: ['007', '1.50', 'coast', 'seashore'],
      hierarchicalSubject: ['weldon|seashore'],
      TagsList: ['weldon/seashore'],
    });
    const { sidecars: undone, failed } = await undoTags([image, folder.path('nowhere.jpg')]);
    expect(undone.map(({ state }) => state)).to.deep.equal(['written']);
    expect(failed).to.have.length(1);
    expect(listsOf(image)).to.deep.equal({ subject: ['007', '1.50', 'coast'] });
    expect(readFileSync(`${image}.xmp`, 'utf8')).to.contain('<xmp:Rating>4</xmp:Rating>');
    expect(readdirSync(folder.path('.')).filter((name) => name.includes('_'))).to.deep.equal([]);
  });

  it('exception: what is no XMP stays, perl is missing', async () => {
    const image = folder.write('c.jpg', '');
    folder.write('c.jpg.xmp', 'my notes');
    const refused = await sidecars.write(image, own('coast'));
    expect(refused.state).to.equal('failed');
    expect(refused.error).to.contain('free, or a file with XMP but received another file, which stays as it is');
    expect((await sidecars.undo(image)).state).to.equal('none');
    expect(readFileSync(`${image}.xmp`, 'utf8')).to.equal('my notes');
    expect((await sidecars.write(folder.path('no/d.jpg'), own('coast'))).error).to.contain(
      'create it or choose another',
    );
    if (process.platform !== 'win32') {
      expect(await rejection(openSidecars('no-such-perl'))).to.equal(
        'Expected perl for XMP sidecars to be installed but found none: ExifTool is written in it',
      );
    }
  });

  it('feature: copies with tags inside keep pixels, orientation, profile and the tags of others', async () => {
    const pixels = { create: { width: 6, height: 4, channels: 3, background: '#345678' } } as const;
    for (const format of ['jpeg', 'png', 'webp', 'avif', 'tiff'] as const) {
      const image = folder.path(`copied.${format}`);
      const others = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>aunt</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`;
      await sharp(pixels)
        .withXmp(others)
        .withExif({ IFD0: { Artist: 'Ann', ...(format === 'jpeg' ? { Orientation: '6' } : {}) } })
        .withIccProfile('p3')
        [format]()
        .toFile(image);
      const before = readFileSync(image);
      const copy = await sidecars.copyWith(image, own('coast', 'crème brûlée'));
      expect(readFileSync(image).equals(before), format).to.equal(true);
      const [then, now] = await Promise.all([before, copy].map((bytes) => sharp(bytes).metadata()));
      const xmp = now.xmp?.toString() ?? '';
      for (const tag of ['aunt', 'coast', 'crème brûlée', 'weldon|coast']) {
        expect(xmp, format).to.contain(`<rdf:li>${tag}</rdf:li>`);
      }
      expect(now.orientation, format).to.equal(then.orientation);
      expect(now.icc?.equals(then.icc!), format).to.equal(true);
      expect(now.exif?.includes('Ann'), format).to.equal(then.exif?.includes('Ann'));
      const [a, b] = await Promise.all([before, copy].map((bytes) => sharp(bytes).raw().toBuffer()));
      expect(a.equals(b), format).to.equal(true);
      // Ours are known as ours: another list takes their place.
      const again = folder.write(`again.${format}`, copy);
      const replaced = (await sharp(await sidecars.copyWith(again, own('pier'))).metadata()).xmp?.toString() ?? '';
      expect(replaced, format).to.contain('aunt').and.to.contain('weldon|pier').and.not.to.contain('coast');
    }
    const text = folder.write('text.txt', 'no image');
    expect(await rejection(sidecars.copyWith(text, own('coast')))).to.match(
      /^Expected .*text\.txt to be an image that can hold XMP but received /,
    );
  });
});
