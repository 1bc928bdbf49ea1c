import Dispatch
import Foundation
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct LoopThreadTests {
    @Test func `After join nothing of the thread is left`() throws {
        for number in 0..<50 {
            let name = "joined-\(number)"
            let began = DispatchSemaphore(value: 0)
            let thread = try LoopThread.start(name: name) { began.signal() }
            began.wait()
            thread.join()
            // The kernel tells who joins a moment before it takes the thread out of its list.
            while try Self.threadNames().contains(name) { usleep(1000) }
            thread.join()
        }
    }

    private static func threadNames() throws -> [String] {
        let tasks = "/proc/self/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).compactMap { task in
            // One that has ended meanwhile has no name any more.
            FileManager.default.contents(atPath: "\(tasks)/\(task)/comm")
                .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .newlines) }
        }
    }
}
