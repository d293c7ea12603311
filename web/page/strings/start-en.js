// Words of what stands there before any file; the element's shell needs no others.
export default {
  'empty.head': 'Will this BERT checkpoint load?',
  'empty.intro':
    'Drop the files. In seconds you know which of seven loaders take them, why the others do not, and what to change. Nothing leaves this tab.',
  'drop.name': 'Choose a checkpoint',
  'drop.head': 'Drop a folder or the files',
  'drop.over': 'Let go to check',
  'drop.files': 'Choose files',
  'drop.folder': 'Choose a folder',
  'drop.samples': 'Or try a built-in sample: {good}, {bad}',
  'drop.good': 'one that loads',
  'drop.bad': 'one that does not',
  'drop.nothing': 'No files came with that. Choose them with the buttons.',
  'drop.another': 'Choose another set',

  'helps.head': 'Files that help',
  'helps.needed': 'needed',
  'helps.helps': 'helps',
  'helps.not-needed': 'not needed',
  'helps.config': 'the sizes of the model',
  'helps.index': 'names and shapes',
  'helps.data': 'the weights',
  'helps.vocab': 'the words, one a line',
  'helps.meta': 'none of the seven needs them',
  'judged.head': 'Judged for',
};
