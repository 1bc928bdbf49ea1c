/// A certificate with its private key, both in PEM. Never printed.
package struct IssuedCertificate: Sendable, CustomStringConvertible, CustomReflectable {
    /// The certificate alone, without that of its issuer.
    package let certificatePEM: [UInt8]
    package let keyPEM: [UInt8]

    package var description: String { "certificate with key" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
