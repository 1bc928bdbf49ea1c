/// Paths as texts.
enum FilePaths {
    /// The path itself if it is absolute, else the path from the folder of `file`.
    static func resolve(_ path: String, besides file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}
