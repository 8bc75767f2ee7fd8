//! The decoders over the corpus of their fuzz targets.

#[path = "../../../fuzz/corpus.rs"]
mod corpus;

#[test]
fn the_corpus_and_changes_of_it_do_no_harm() {
    corpus::run("decode", 20_000, playhead_wire::fuzz_decode);
}

#[test]
fn the_corpus_of_the_edge_api_does_no_harm_either() {
    corpus::run("edge", 20_000, playhead_wire::edge::fuzz_decode);
}
