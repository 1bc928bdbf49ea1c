/// The beginning of a text, with an ellipsis if that is not all of it.
///
/// - Parameter limit: the most Unicode scalars that are kept: of characters, one can be of any length.
func cut(_ text: String, _ limit: Int) -> String {
    let beginning = text.unicodeScalars.prefix(limit)
    return beginning.endIndex == text.unicodeScalars.endIndex ? text : String(beginning) + "…"
}
