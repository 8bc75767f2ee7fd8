//! The decoder over the corpus of its fuzz target.

#[path = "../../../fuzz/corpus.rs"]
mod corpus;

#[test]
fn the_corpus_and_changes_of_it_do_no_harm() {
    corpus::run("decode", 20_000, playhead_wire::fuzz_decode);
}
