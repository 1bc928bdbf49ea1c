/// Where a command tells what it does.
package struct Report: Sendable {
    /// What was made, changed or taken away; for standard output.
    package let done: @Sendable (String) -> Void
    /// What it is at, and what a person should know; for standard error.
    package let note: @Sendable (String) -> Void

    package init(done: @escaping @Sendable (String) -> Void, note: @escaping @Sendable (String) -> Void) {
        self.done = done
        self.note = note
    }
}
