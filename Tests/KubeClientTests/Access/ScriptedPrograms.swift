import KubeModel
import Synchronization

@testable import KubeClient

/// Programs that answer what the test says, in turn, and remember how they were called.
final class ScriptedPrograms: ProgramRunning {
    private let state: Mutex<(answers: [Result<ProgramResult, ProgramError>], calls: [ProgramCall])>

    init(_ answers: Result<ProgramResult, ProgramError>...) {
        state = Mutex((answers, []))
    }

    var calls: [ProgramCall] { state.withLock { $0.calls } }

    func run(_ call: ProgramCall) async throws -> ProgramResult {
        let answer = state.withLock { state in
            state.calls.append(call)
            return state.answers.isEmpty ? .failure(ProgramError.notFound) : state.answers.removeFirst()
        }
        return try answer.get()
    }

    /// The answer of a plugin.
    static func credential(
        _ status: JSON,
        apiVersion: String = "client.authentication.k8s.io/v1"
    ) -> Result<ProgramResult, ProgramError> {
        let answer: JSON = ["kind": "ExecCredential", "apiVersion": .string(apiVersion), "status": status]
        return .success(ProgramResult(end: .exited(code: 0), output: answer.serialized()))
    }
}
