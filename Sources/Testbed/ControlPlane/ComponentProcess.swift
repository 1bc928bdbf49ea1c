import Foundation
import Glibc
import Transport

/// One program of a control plane, which can be stopped, killed, frozen and started again.
package actor ComponentProcess {
    package nonisolated let component: Component
    /// The file that its output goes to; of several starts, one after the other.
    package nonisolated let log: String

    private var command: Command
    private let ledger: Ledger
    private let probe: ReadinessProbe
    private let startBound: Duration
    private var process: Subprocess?

    init(
        _ component: Component,
        command: Command,
        log: String,
        ledger: Ledger,
        probe: ReadinessProbe,
        startBound: Duration
    ) {
        self.component = component
        self.command = command
        self.log = log
        self.ledger = ledger
        self.probe = probe
        self.startBound = startBound
    }

    /// True while the program runs, frozen or not.
    package var isRunning: Bool {
        process.map { $0.exitStatus == nil } ?? false
    }

    /// The process id while the program runs.
    package var processID: Int32? {
        isRunning ? process?.processID : nil
    }

    /// Starts the program and waits until it is ready. Does nothing but wait if it runs.
    ///
    /// - Throws: `TestbedError` `.ended` or `.deadline`, with the end of the log; `CancellationError`.
    package func start() async throws {
        try await launch()
        try await waitUntilReady()
    }

    /// Starts the program if it does not run.
    func launch() async throws {
        guard !isRunning else { return }
        process = try await Subprocess.start(command, log: log, ledger: ledger)
    }

    /// Waits until the program answers that it is ready.
    package func waitUntilReady() async throws {
        let answer = try await Patience(bound: startBound).value { () -> Bool? in
            if let status = process?.exitStatus {
                throw TestbedError(.ended, "\(component) ended with \(status); the end of \(log):\n\(lastLines)")
            }
            return await probe.isReady() ? true : nil
        }
        guard answer != nil else {
            throw TestbedError(
                .deadline,
                "\(component) was not ready within \(startBound); the end of \(log):\n\(lastLines)"
            )
        }
    }

    /// Asks the program to end, as a restart or an upgrade does; kills it if it has not ended after `grace`.
    package func stop(grace: Duration = .seconds(10)) async {
        await process?.stop(grace: grace)
    }

    /// Ends the program without warning, as a crash of its machine does.
    package func kill() async {
        await process?.kill()
    }

    /// Has the next start run another program, or with other arguments.
    func replace(_ executable: String, _ arguments: [String]) {
        command.executable = executable
        command.arguments = arguments
    }

    /// Freezes the program: its connections stay open and nothing answers.
    package func pause() {
        process?.send(SIGSTOP)
    }

    /// Lets a frozen program go on.
    package func resume() {
        process?.send(SIGCONT)
    }

    private var lastLines: String {
        TextFile.tail(of: log, lines: 8)
    }
}

extension ComponentProcess {
    /// What makes the processes of a control plane, one per component.
    static func maker(
        _ layout: ControlPlaneLayout,
        _ settings: ControlPlaneSettings,
        _ surroundings: ControlPlaneSurroundings,
        administrator: TLSOptions
    ) -> (Component) throws(TestbedError) -> ComponentProcess {
        { component throws(TestbedError) in
            let scheme = component == .etcd ? "http" : "https"
            let flags = surroundings.release.flags(of: component)
            return ComponentProcess(
                component,
                command: Command(
                    try surroundings.toolbox.path(of: component),
                    component.arguments(layout, settings, flags: flags),
                    environment: HarnessEnvironment.current.merging(settings.environment[component] ?? [:]) { $1 },
                    directory: layout.directory
                ),
                log: layout.log(component),
                ledger: surroundings.ledger,
                probe: ReadinessProbe(
                    http: surroundings.http,
                    url: "\(scheme)://\(layout.endpoint(component))\(component.readinessPath)",
                    tls: component == .etcd ? nil : administrator
                ),
                startBound: settings.startBound
            )
        }
    }
}
