//! The readers under test, from the sources of `nextwell-model` and without the rest of it: nets
//! and kernels take long to build and are not fuzzed.

#[path = "../../src/pickle/mod.rs"]
pub mod pickle;

pub mod checkpoint {
    //! Containers of weights.
    #[path = "../../../src/checkpoint/config.rs"]
    mod config;
    #[path = "../../../src/checkpoint/container.rs"]
    mod container;
    #[path = "../../../src/checkpoint/error.rs"]
    mod error;
    #[path = "../../../src/checkpoint/integers.rs"]
    mod integers;
    #[path = "../../../src/checkpoint/pytorch/mod.rs"]
    mod pytorch;
    #[path = "../../../src/checkpoint/safetensors_file.rs"]
    mod safetensors_file;

    pub use config::ConfigError;
    pub use container::{find_file, read_json, read_weights};
    pub use error::CheckpointError;
    pub use pytorch::{PytorchFile, read_pytorch_settings};
}

pub mod families {
    //! Vocabularies.
    pub mod geneformer {
        //! Geneformer's.
        pub mod tokenizer {
            //! Geneformer's.
            #[path = "../../../../../src/families/geneformer/tokenizer/dictionaries.rs"]
            mod dictionaries;
            #[path = "../../../../../src/families/geneformer/tokenizer/error.rs"]
            mod error;
            #[path = "../../../../../src/families/geneformer/tokenizer/vocabulary.rs"]
            mod vocabulary;

            pub use dictionaries::Dictionaries;
            pub use error::TokenizerError;
            pub use vocabulary::{Vocabulary, VocabularyEntry, VocabularyVersion};
        }
    }
}
