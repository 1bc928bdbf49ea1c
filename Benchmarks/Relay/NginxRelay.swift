import Foundation
import Testbed

/// The same tunnel without martlet: Debian's nginx, which takes TLS from the client and speaks TLS to the server, on one
/// thread as martlet's streams are, and knows nothing of what it carries.
enum NginxRelay {
    /// - Parameters:
    ///   - port: where it listens, on loopback.
    ///   - server: the port that it leads to.
    ///   - files: the certificate that it shows, its key, and the authority that vouches for the server.
    static func start(
        _ testbed: Testbed,
        at port: UInt16,
        leadingTo server: UInt16,
        files: RelayFiles
    ) async throws -> Subprocess {
        let directory = try testbed.run.makeDirectory("nginx")
        let configuration = "\(directory)/nginx.conf"
        let protocols = "TLSv1.2 TLSv1.3"
        try """
        load_module \(try module(testbed));
        daemon off;
        master_process off;
        worker_processes 1;
        pid \(directory)/nginx.pid;
        error_log \(directory)/nginx.log warn;
        events { worker_connections 4096; }
        stream {
            server {
                listen 127.0.0.1:\(port) ssl;
                ssl_certificate \(files.certificate);
                ssl_certificate_key \(files.key);
                ssl_protocols \(protocols);
                ssl_session_tickets off;
                tcp_nodelay on;
                proxy_pass 127.0.0.1:\(server);
                proxy_buffer_size 32k;
                proxy_ssl on;
                proxy_ssl_protocols \(protocols);
                proxy_ssl_session_reuse off;
                proxy_ssl_trusted_certificate \(files.authority);
                proxy_ssl_verify on;
                proxy_ssl_name \(RelayFiles.serverName);
            }
        }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        return try await Subprocess.start(
            Command(
                try testbed.toolbox.tool("nginx"),
                ["-p", directory, "-c", configuration, "-e", "\(directory)/nginx.log"]
            ),
            log: "\(directory)/nginx.log",
            ledger: testbed.run.ledger
        )
    }

    /// What carries streams is a part of its own.
    private static func module(_ testbed: Testbed) throws(BenchmarkError) -> String {
        let path = "usr/lib/nginx/modules/ngx_stream_module.so"
        let places = ["\(testbed.toolbox.tools)/\(path)", "/\(path)"]
        guard let place = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw BenchmarkError("there is no \(path); run 'scripts/packages.sh relay', which fetches it")
        }
        return place
    }
}
