import Glibc

/// From when until when a certificate is good; seconds since the epoch.
package struct CertificateValidity: Sendable, Hashable {
    package let notBefore: Int64
    package let notAfter: Int64

    package init(notBefore: Int64, notAfter: Int64) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Good for `duration` from now on, and for the 5 minutes before, for clocks that are slow.
    package static func lasting(_ duration: Duration, from now: Int64 = Int64(time(nil))) -> CertificateValidity {
        CertificateValidity(notBefore: now - 300, notAfter: now + duration.components.seconds)
    }

    /// A year, as kubeadm gives.
    package static var year: CertificateValidity { .lasting(.seconds(365 * 86_400)) }
}
