import CTransport

/// The DNS names and addresses of a subject, as OpenSSL has them.
final class AlternativeNames {
    let raw: OpaquePointer

    init(of subject: CertificateSubject) throws(X509Error) {
        guard let raw = GENERAL_NAMES_new() else { throw X509Error(failed: "allocate names") }
        self.raw = raw
        for name in subject.dnsNames {
            guard mt_names_add_dns(raw, name, name.utf8.count) == 1 else { throw X509Error(failed: "name a host") }
        }
        for address in subject.ipAddresses {
            guard let bytes = IPAddress.bytes(of: address) else {
                throw X509Error("\"\(address)\" is no IP address")
            }
            guard mt_names_add_address(raw, bytes, bytes.count) == 1 else { throw X509Error(failed: "name an address") }
        }
    }

    deinit {
        GENERAL_NAMES_free(raw)
    }
}
