package import Foundation

/// Inputs that once were interesting to a fuzzer, or broke something. `make fuzz` adds to them.
package enum FuzzCorpus {
    /// - Parameter bundle: of the tests, with the folder `Corpus`.
    /// - Returns: each with the name of its file; none where there is no such folder.
    package static func inputs(of bundle: Bundle) throws -> [(name: String, bytes: [UInt8])] {
        guard let folder = bundle.url(forResource: "Corpus", withExtension: nil) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map { file in
            (file.lastPathComponent, Array(try Data(contentsOf: file)))
        }
    }
}
