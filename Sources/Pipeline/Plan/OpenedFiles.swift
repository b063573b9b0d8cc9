import Checkpoints
import Models
import Tensors

/// The files that a plan's model was read from, as they were opened.
package struct OpenedFiles: Sendable, Equatable {
  /// Paths of the model's weights, its configuration and its tokenizer.
  let model: [String]
  /// Paths of each adapter's, in the order of the adapters.
  let adapters: [[String]]
}

/// Hears what planning opens.
struct ModelRecorder: Sendable {
  let model = FileRecorder()
  let adapters: [FileRecorder]

  /// - Parameter adapters: how many there are.
  init(adapters: Int) {
    self.adapters = (0..<adapters).map { _ in FileRecorder() }
  }

  var files: OpenedFiles { OpenedFiles(model: model.files, adapters: adapters.map(\.files)) }
}
