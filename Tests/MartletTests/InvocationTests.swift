import FoundationEssentials
import Testing

@testable import martlet

@Suite struct InvocationTests {
    @Test(arguments: OptionTable.all.map(\.name))
    func `Every flag of the table is understood in both spellings, by the commands that take it`(
        name: OptionName
    ) throws {
        let option = OptionTable.option(name)
        let flag = "--\(option.flag)"
        for command in Invocation.Command.allCases where ![.help, .version].contains(command) {
            let words = [command.rawValue] + (0..<command.operandCount.lowerBound).map { "operand-\($0)" }
            guard option.commands.contains(command) else {
                let message = "\(flag) is no option of martlet \(command.rawValue)"
                let line = words + (option.kind == .toggle ? [flag] : [flag, Self.sample(of: option.kind)])
                #expect(throws: UsageError(message: message)) { try Invocation(arguments: line) }
                continue
            }
            guard option.kind != .toggle else {
                #expect(try Invocation(arguments: words + [flag]).values == [name: .on])
                continue
            }
            let sample = Self.sample(of: option.kind)
            let value = try option.kind.parse(sample)
            #expect(try Invocation(arguments: words + [flag, sample]).values == [name: value])
            #expect(try Invocation(arguments: words + ["\(flag)=\(sample)"]).values == [name: value])
        }
    }

    private static func sample(of kind: OptionKind) -> String {
        switch kind {
        case .toggle: ""
        case .text, .path: "word=with-equals"
        case .address: "fd00::1"
        case .listener: "127.0.0.1:8080"
        case .integer(let range): "\(range.upperBound)"
        case .duration(let range): GoDuration.text(range.upperBound)
        case .choice(let words): words.first ?? ""
        }
    }

    @Test(arguments: [
        ([], Invocation.Command.run), (["run"], .run), (["version"], .version), (["--version"], .version),
        (["check-config", "--config", "x"], .checkConfig), (["--config", "x", "check-config"], .checkConfig),
        (["-h"], .help), (["version", "--help"], .help), (["--", "version"], .version),
    ])
    func `The command is the word among the options`(arguments: [String], command: Invocation.Command) throws {
        #expect(try Invocation(arguments: arguments).command == command)
    }

    @Test(arguments: [(["help"], []), (["help", "run"], ["run"]), (["run", "--help"], ["run"]), (["-h"], [])])
    func `Help is that of the command which is named`(arguments: [String], operands: [String]) throws {
        let invocation = try Invocation(arguments: arguments)
        #expect(invocation.command == .help)
        #expect(invocation.operands == operands)
    }

    @Test func `Of an option given twice the last counts`() throws {
        let values = try Invocation(arguments: ["--context", "a", "--context=b"]).values
        #expect(values == [.context: .text("b")])
    }

    @Test(arguments: [
        (["--nonsense"], "unknown option --nonsense"),
        (["-x"], "unknown option -x"),
        (["sing"], "unknown command \"sing\""),
        (["run", "fast"], "unexpected argument \"fast\""),
        (["help", "sing"], "unknown command \"sing\""),
        (["help", "run", "version"], "unexpected argument \"version\""),
        (["join"], "join needs NAME"),
        (["leave", "a", "b"], "unexpected argument \"b\""),
        (["run", "--detach"], "--detach is no option of martlet run"),
        (["--config"], "--config needs a value"),
        (["--config="], "--config must not be empty"),
        (["--help=yes"], "--help takes no value"),
        (["--pod-sync-workers", "0"], "--pod-sync-workers must be an integer from 1 to 1000, not \"0\""),
        (["--pod-sync-workers", "ten"], "--pod-sync-workers must be an integer from 1 to 1000, not \"ten\""),
        (["--log-level", "loud"], "--log-level must be one of trace, debug, info, warning, error, not \"loud\""),
        (["--node-ip", "here"], "--node-ip must be an IP address, not \"here\""),
        (
            ["--metrics-addr", ":8080"],
            "--metrics-addr must be an IPv4 address and a port such as 127.0.0.1:8080, not \":8080\""
        ),
        (
            ["--node-status-update-frequency", "5"],
            "--node-status-update-frequency must be a duration from 1s to 1h such as 1m30s, not \"5\""
        ),
    ])
    func `A command line that cannot be used says why`(arguments: [String], message: String) {
        #expect(throws: UsageError(message: message)) { try Invocation(arguments: arguments) }
    }

    @Test func `The command line in the webhook's manifest is understood`() throws {
        let folder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(contentsOfFile: "\(folder)/docs/webhook/webhook.yaml", encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
        let arguments = lines.filter { $0.hasPrefix("- --") }.map { String($0.dropFirst(2)) }
        let invocation = try Invocation(arguments: ["webhook"] + arguments)
        #expect(invocation.command == .webhook)
        #expect(invocation.values[.webhookAddress] == .listener(host: "0.0.0.0", port: 9443))
        #expect(invocation.values[.tolerations] == .text("example.com/remote"))
    }
}
