/** Names of the tests that compare rows. */
export interface TestWords {
  paired: string;
  mcNemar: string;
}

export function testWords(splits: number): TestWords {
  const several = splits > 1;
  return {
    paired: `paired bootstrap over pictures, mean of the ${several ? 'seeds and splits' : 'seeds'}`,
    mcNemar: `exact McNemar, first seed${several ? ' and split' : ''}`,
  };
}

/** What the tests are, for readers. */
export function testDefinitions(splits: number, multiLabel: boolean): { name: string; explained: string }[] {
  const { paired, mcNemar } = testWords(splits);
  const drawn =
    splits > 1
      ? 'as many pictures as all splits measure together are drawn with replacement, and each ' +
        'split measures those of them that it tests'
      : 'as many test pictures as there are are drawn with replacement';
  return [
    {
      name: paired,
      explained:
        `Both rows are measured on the same pictures: ${drawn}. The interval holds the middle 95 % of the ` +
        "draws' differences; p is twice the share of draws on the other side of zero, the pictures as they are counted " +
        'as a draw (Efron and Tibshirani, An introduction to the bootstrap, 1993; Davison and Hinkley, Bootstrap methods ' +
        'and their application, 1997). It tells of the choice of test pictures, not of training',
    },
    ...(multiLabel
      ? []
      : [
          {
            name: mcNemar,
            explained:
              'Of the pictures that one of the two rows has right and the other wrong, whether either has more of ' +
              'them than chance would give: two-sided binomial test with one half (McNemar, Psychometrika 1947). The ' +
              'difference and its interval are those of the paired bootstrap for this training alone',
          },
        ]),
  ];
}
