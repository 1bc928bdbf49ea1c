import Foundation
import KubeClient
import KubeModel
import Testbed
import Transport

/// `martlet webhook` beside an origin, asked as docs/webhook/webhook.yaml says.
struct RunningWebhook {
    private let process: RunningCommand

    private static let address = "127.0.0.1"
    private static let statusPort = APICalls.port(4)

    /// Runs it while the body does. Afterwards the origin asks nobody any more, whatever happened.
    static func with(
        _ fleet: Fleet,
        tolerations: String,
        _ body: (RunningWebhook) async throws -> Void
    ) async throws {
        let origin = fleet.origin
        let identity = try origin.control.authority.issueServer(commonName: "webhook", names: [address])
        let (certificate, key) = ("\(origin.control.directory)/webhook.crt", "\(origin.control.directory)/webhook.key")
        try Data(identity.certificatePEM).write(to: URL(fileURLWithPath: certificate))
        try Data(identity.keyPEM).write(to: URL(fileURLWithPath: key))
        try await fleet.withCommand(
            "webhook",
            "--webhook-addr",
            "\(address):0",
            "--tls-cert-file",
            certificate,
            "--tls-private-key-file",
            key,
            "--tolerations",
            tolerations,
            "--metrics-addr",
            "\(address):\(statusPort)",
            "--logging-format",
            "json"
        ) { process in
            let webhook = RunningWebhook(process: process)
            let port = try await eventually("the webhook listens") {
                webhook.records("The webhook listens").first?["port"]?.string
            } until: {
                $0 != nil
            }
            let asking = try Self.configuration(of: origin, port: port ?? "")
            try await withCleanUp {
                try await origin.kubectl("delete", "mutatingwebhookconfiguration", asking.name, "--ignore-not-found")
            } _: {
                try await origin.apply(asking)
                try await body(webhook)
            }
        }
    }

    /// All of the manifest, for a namespace of a test; its budget as the origin's release has it.
    static func manifest(for origin: FleetCluster, namespace: String) throws -> String {
        let authority = Data(origin.control.authority.certificatePEM).base64EncodedString()
        var text = try Self.text()
            .replacingOccurrences(of: "CA_BUNDLE", with: authority)
            .replacingOccurrences(of: "namespace: martlet", with: "namespace: \(namespace)")
        if KubernetesRelease.minor < 21 {
            text = text.replacingOccurrences(of: "apiVersion: policy/v1\n", with: "apiVersion: policy/v1beta1\n")
        }
        return text
    }

    private static func text() throws -> String {
        try String(contentsOfFile: "\(FleetRun.checkout)/docs/webhook/webhook.yaml", encoding: .utf8)
    }

    /// What it answers at its metrics address.
    static func status(_ path: String) async throws -> StatusPage {
        try await StatusPage.get(path, at: "\(address):\(statusPort)")
    }

    /// What it has logged with this message.
    func records(_ message: String) -> [JSON] {
        // Half a line at the end is no record yet.
        process.lines.compactMap { try? JSON.parse($0) }.filter { $0["msg"]?.string == message }
    }

    /// The configuration of the manifest, but for the place of the webhook and the time that it has.
    private static func configuration(of origin: FleetCluster, port: String) throws -> JSON {
        let documents = try text().components(separatedBy: "\n---\n")
        guard let document = documents.first(where: { $0.contains("kind: MutatingWebhookConfiguration") }) else {
            throw TestbedError(.answer, "docs/webhook/webhook.yaml has no MutatingWebhookConfiguration")
        }
        var configuration = try YAMLDocument.json(document)
        configuration["webhooks"] = .array(
            (configuration["webhooks"]?.array ?? []).map { webhook in
                var webhook = webhook
                let path = webhook.at("clientConfig", "service", "path")?.string ?? ""
                webhook["clientConfig"] = [
                    "url": .string("https://\(address):\(port)\(path)"),
                    "caBundle": .string(Data(origin.control.authority.certificatePEM).base64EncodedString()),
                ]
                // A machine with too much to do is no webhook that is down.
                webhook["timeoutSeconds"] = 30
                return webhook
            }
        )
        return configuration
    }
}
