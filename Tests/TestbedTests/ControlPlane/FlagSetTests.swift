import Testing

@testable import Testbed

@Suite("The flags that a binary knows")
struct FlagSetTests {
    @Test("are read from its help", arguments: ["bind-address", "v", "leader-elect", "name", "port"])
    func known(flag: String) {
        let help = """
            The server.

            Flags:
                  --bind-address ip        The address, unlike --advertise-address, that is listened at.
              -v, --v Level                number for the log level
                  --leader-elect[=true]    Start a leader election
              --name 'default'
                --port
            """
        #expect(FlagSet(helpText: help).contains(flag))
    }

    @Test("are not those that a description mentions", arguments: ["advertise-address", "true", "help"])
    func unknown(flag: String) {
        let help = "      --bind-address ip        The address, unlike --advertise-address, that is listened at."
        #expect(!FlagSet(helpText: help).contains(flag))
    }

    @Test(
        "include feature gates that can be switched",
        arguments: [("APIListChunking", true), ("ServerSideApply", true), ("Finished", false), ("v", false)]
    )
    func gates(name: String, isKnown: Bool) {
        let help = """
                  --feature-gates mapStringBool   A set of key=value pairs. Options are:
                                                  APIListChunking=true|false (BETA - default=true)
                                                  kube:ServerSideApply=true|false (BETA - default=true)
              -v, --v Level                       number; Finished=true is one
            """
        #expect(FlagSet(helpText: help).hasFeatureGate(name) == isKnown)
    }

    @Test("are none for a text without any")
    func empty() {
        #expect(FlagSet(helpText: "unknown command\n- a list\n").isEmpty)
    }
}
