import Foundation
import Testbed

/// Tells the demo's story on standard output: what is done, the very commands, what they print, and what was checked.
struct Narrator: Sendable {
    private let isTerminal = isatty(STDOUT_FILENO) == 1

    /// A new chapter.
    func chapter(_ title: String) { write("\n\(bold("== \(title)"))") }

    /// A sentence of explanation.
    func say(_ text: String) { write("   \(text)") }

    /// Something that was checked and holds.
    func checked(_ text: String, after time: Duration) {
        let seconds = time.formatted(.units(allowed: [.seconds], width: .narrow, fractionalPart: .show(length: 1)))
        write("\(green("   ✓")) \(text) (\(seconds))")
    }

    /// A command, as it could be typed, and what it printed.
    func command(_ line: String, output: String) {
        write("\n\(bold("$ \(line)"))")
        write(output.trimmingCharacters(in: .newlines))
    }

    private func bold(_ text: String) -> String { isTerminal ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    private func green(_ text: String) -> String { isTerminal ? "\u{1b}[32m\(text)\u{1b}[0m" : text }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
