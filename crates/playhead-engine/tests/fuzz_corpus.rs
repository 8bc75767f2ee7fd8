//! The engine over the corpus of its fuzz target.

#[path = "../../../fuzz/corpus.rs"]
mod corpus;

#[test]
fn the_corpus_and_changes_of_it_do_no_harm() {
    corpus::run("engine", 3_000, playhead_engine::fuzz_engine);
}
