import Testing

@testable import martlet

@Suite struct OptionTableTests {
    @Test(arguments: OptionName.allCases)
    func `Every option has exactly one row`(name: OptionName) {
        #expect(OptionTable.all.filter { $0.name == name }.count == 1)
    }

    @Test func `No flag, variable or key of the file stands for two options`() {
        let all = OptionTable.all
        #expect(Set(all.map(\.flag)).count == all.count)
        #expect(Set(all.compactMap(\.environment)).count == all.compactMap(\.environment).count)
        #expect(Set(all.compactMap(\.fileKey)).count == all.compactMap(\.fileKey).count)
    }

    @Test(arguments: OptionTable.all.map(\.name))
    func `The help of a command names every flag of its own, with variable, key and default`(name: OptionName) {
        let option = OptionTable.option(name)
        var words = ["--\(option.flag)", option.help]
        if let variable = option.environment { words.append("environment: \(variable)") }
        if let text = option.defaultText { words.append("default: \(text)") }
        #expect(!option.commands.isEmpty)
        for command in option.commands {
            for word in words { #expect(HelpText.of(command).contains(word)) }
            guard let key = option.fileKey else { continue }
            let readsFile = OptionTable.option(.config).commands.contains(command)
            #expect(HelpText.of(command).contains("file: \(key.description)") == readsFile)
        }
    }

    @Test(arguments: [HelpText.full] + Invocation.Command.allCases.map(HelpText.of))
    func `The help names no flag that the parser does not know`(text: String) {
        let words = text.split { " ,[]\n".contains($0) }.filter { $0.hasPrefix("--") }
        #expect(!words.isEmpty)
        for word in words { #expect(OptionTable.all.contains { "--\($0.flag)" == word }) }
    }

    @Test func `The help names every command`() {
        for command in Invocation.Command.allCases { #expect(HelpText.full.contains("  \(command.rawValue) ")) }
    }

    @Test(arguments: OptionTable.all.filter { $0.defaultText != nil }.map(\.name))
    func `A default is a value of its option`(name: OptionName) throws {
        let option = OptionTable.option(name)
        #expect(throws: Never.self) { try option.kind.parse(option.defaultText ?? "") }
    }

    @Test(
        arguments: [
            ("1m30s", 90_000), ("500ms", 500), ("2h", 7_200_000), ("0s", 0), ("1h1m1s1ms", 3_661_001),
            ("", nil), ("10", nil), ("s", nil), ("-1s", nil), ("1.5s", nil), ("1m 2s", nil), ("1d", nil),
            ("99999999999h", nil), ("999999999999s", nil),
        ] as [(String, Int?)]
    )
    func `Durations are read as Go writes them`(text: String, milliseconds: Int?) {
        #expect(GoDuration.parse(text) == milliseconds.map { .milliseconds($0) })
    }

    @Test(arguments: ["0s", "300ms", "5m", "1h1m1s1ms"])
    func `A duration is written as it is read`(text: String) throws {
        #expect(GoDuration.text(try #require(GoDuration.parse(text))) == text)
    }
}
