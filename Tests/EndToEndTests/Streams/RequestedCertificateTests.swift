import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

/// The kubelet endpoint's certificate where it is asked of the origin, as it is unless files are given.
@Suite(.fleet(.asking))
struct RequestedCertificateTests {
    @Test(
        "A node asks for its certificate, serves once it is approved, keeps it over a restart, and renews it in time",
        .rows(92, 106)
    )
    func life() async throws {
        try await TestSpace.with("certificate") { space in
            let (origin, martlet) = (space.origin, space.fleet.martlet)
            let request = try await space.pendingRequest()
            let node = try await space.fleet.node("us-east")
            #expect(node.isReady)
            #expect(node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int == 0)
            try await check(request, isFor: node, in: space)
            try await origin.kubectl("certificate", "approve", request.name)
            let first = try await space.served("the certificate is shown") { !$0.isEmpty }

            let directory = URL(fileURLWithPath: space.fleet.configuration).deletingLastPathComponent().path
            let clock = try SteppedClock(toolbox: Toolbox(), directory: directory)
            await martlet.stop()
            try await martlet.start(clock: clock)
            try await space.served("the same certificate is shown") { $0 == first }
            #expect(try await origin.servingRequests().count == 1)

            // The signer dates certificates back by five minutes; releases differ in whether the two hours begin there.
            // So the next one is asked for 4740 to 6450 seconds after it has signed, and the first is good for 6900 at
            // least. By this clock the next one is due as soon as it is there, and nobody approves what is asked then.
            try clock.set(ahead: 6600)
            let renewal = try await space.pendingRequest()
            #expect(try await space.shownSerial() == first)
            try await origin.kubectl("certificate", "approve", renewal.name)
            try await space.served("another certificate is shown") { !$0.isEmpty && $0 != first }
        }
    }

    /// That it is martlet's own request, for the node's name and address. What else the signer wants it checks itself
    /// (`ValidateKubeletServingCSR` of kube-controller-manager).
    private func check(_ request: JSON, isFor node: JSON, in space: TestSpace) async throws {
        #expect(request.at("spec", "username")?.string == "system:serviceaccount:martlet:martlet")
        let script = """
            k get csr \(request.name) -o jsonpath='{.spec.request}' | base64 -d |
                openssl req -noout -text -nameopt RFC2253
            """
        let lines = try await space.shell(.own, script).checked().output.split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        let address = try #require(node.at("status", "addresses")?[0]?["address"]?.string)
        // RFC 2253 names the last part first.
        for line in ["Subject: CN=system:node:us-east,O=system:nodes", "IP Address:\(address)"] {
            #expect(lines.contains(line), "\(lines)")
        }
    }
}

extension FleetPlan {
    fileprivate static let asking = FleetPlan(
        remotes: [Remote(name: "us-east", region: "us", store: .ofOrigin)],
        origin: shortSigning,
        asksForCertificates: true
    )

    /// An origin that signs for two hours instead of a year.
    private static var shortSigning: ControlPlaneSettings {
        var settings = ControlPlaneSettings()
        settings.flags[.controllerManager] = ["cluster-signing-duration": "2h"]
        return settings
    }
}

extension FleetCluster {
    /// What its signer of kubelets' serving certificates was ever asked.
    fileprivate func servingRequests() async throws -> [JSON] {
        try await list(.certificateSigningRequests).filter {
            $0.at("spec", "signerName")?.string == "kubernetes.io/kubelet-serving"
        }
    }
}

extension TestSpace {
    /// A request for a certificate that nobody has decided on, once there is one.
    fileprivate func pendingRequest() async throws -> JSON {
        let request = try await eventually("a certificate is asked for", within: .seconds(15)) {
            try await origin.servingRequests().first { $0.at("status", "conditions") == nil }
        } until: {
            $0 != nil
        }
        return try #require(request)
    }

    /// Waits until the node's port shows a certificate of such a serial number, and the API server, which checks it,
    /// reads the node's pods there.
    ///
    /// - Returns: the serial number.
    @discardableResult
    fileprivate func served(_ what: String, until isRight: (String) -> Bool) async throws -> String {
        let serial = try await eventually(what, within: .seconds(25)) {
            try await shownSerial()
        } until: {
            isRight($0)
        }
        try await eventually("the API server reads the node's pods") {
            try await origin.client.raw(path: "/api/v1/nodes/us-east/proxy/pods").status
        } until: {
            $0 == 200
        }
        return serial
    }

    /// The serial number of the certificate at the port that the node states, as OpenSSL prints it; empty where there
    /// is none, and for one that the origin's authority has not signed for the node's address and for servers.
    fileprivate func shownSerial() async throws -> String {
        let node = try await fleet.node("us-east")
        let address = try #require(node.at("status", "addresses")?[0]?["address"]?.string)
        let port = node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int ?? 0
        let script = """
            k config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d >ca
            openssl s_client -connect \(address):\(port) -CAfile ca -verify_return_error -verify_ip \(address) \
                </dev/null 2>/dev/null | openssl x509 -noout -serial
            """
        return try await shell(.own, script).output
    }
}
