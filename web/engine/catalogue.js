// The list of codes with their words, in the order of a report. src/report/catalogue is the only place they stand.
import bundle from '../../src/report/catalogue/bundle.json' with { type: 'json' };
import config from '../../src/report/catalogue/config.json' with { type: 'json' };
import container from '../../src/report/catalogue/container.json' with { type: 'json' };
import env from '../../src/report/catalogue/env.json' with { type: 'json' };
import family from '../../src/report/catalogue/family.json' with { type: 'json' };
import files from '../../src/report/catalogue/files.json' with { type: 'json' };
import names from '../../src/report/catalogue/names.json' with { type: 'json' };
import run from '../../src/report/catalogue/run.json' with { type: 'json' };
import set from '../../src/report/catalogue/set.json' with { type: 'json' };
import shapes from '../../src/report/catalogue/shapes.json' with { type: 'json' };
import vocab from '../../src/report/catalogue/vocab.json' with { type: 'json' };
import weights from '../../src/report/catalogue/weights.json' with { type: 'json' };

const kAreas = [files, bundle, container, family, names, shapes, config, vocab, weights, run, set, env];

export const catalogue = new Map(kAreas.flatMap((area) => area.codes).map((entry) => [entry.code, entry]));
export const languages = ['en', 'zh'];
