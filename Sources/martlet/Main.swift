internal import Glibc

/// The program's entry. What it does is in ``Command``.
@main
struct Main {
    static func main() async {
        let command = Command(
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: Environment.current(),
            standardOutput: { Terminal.write($0, to: STDOUT_FILENO) },
            standardError: { Terminal.write($0, to: STDERR_FILENO) }
        )
        exit(await command.run())
    }
}
