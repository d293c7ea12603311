// The seven loaders, in the order of every report.
export const kLoaders = ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', 'hf-native', 'model-garden', 'bert-for-tf2'];
