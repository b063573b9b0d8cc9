import Checkpoints
import JSON

/// Why a tokenizer could not be loaded, or a text not encoded.
package enum TokenizerError: Error, Equatable, CustomStringConvertible {
  /// A file could not be read, is no JSON, or no GGUF.
  case reading(CheckpointError)
  /// A file is understood but asks for something that this program does not do.
  case unsupported(file: String, part: String, found: String, supported: String)
  /// A file contradicts itself or its format.
  case malformed(file: String, part: String, reason: String)
  /// A regular expression leaves the subset that is understood. The position counts Unicode scalars from 0.
  case pattern(String, position: Int, reason: String)
  /// A regular expression backtracked for too long on some text.
  case patternGaveUp(String, steps: Int)
  /// No name is known for this way of cutting texts into words.
  case unnamedPreTokenizer(patterns: [String])
  /// This name stands for no known way of cutting texts into words.
  case unknownPreTokenizer(name: String, known: [String])
  /// GGUF's tokenizers cannot give the same ids as this one.
  case notRepresentable(reason: String)
  /// The vocabulary has no token for a part of the text and no token for unknown text.
  case uncovered(text: String)
  /// An id that is no row of the vocabulary.
  case idOutOfRange(id: Int32, vocabularySize: Int)

  package var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .reading(let error):
      return error.description
    case .unsupported(let file, let part, let found, let supported):
      return "\(file): found \(found) in \(part), which is not supported; supported: \(supported)"
    case .malformed(let file, let part, let reason):
      return "\(file): \(part): \(reason)"
    case .pattern(let pattern, let position, let reason):
      return "the pattern \"\(pattern)\" is not understood at position \(position): \(reason)"
    case .patternGaveUp(let pattern, let steps):
      return "the pattern \"\(pattern)\" found no end within \(steps) steps; simplify the pattern or the text"
    case .unnamedPreTokenizer(let patterns):
      let list = patterns.map { "\"\($0)\"" }.joined(separator: ", ")
      return "no GGUF pre-tokenizer is known that splits by \(list); name the one to use as model.pre_tokenizer"
    case .unknownPreTokenizer(let name, let known):
      return "the GGUF pre-tokenizer \"\(name)\" is not known; known: \(known.joined(separator: ", "))"
    case .notRepresentable(let reason):
      return "the tokenizer cannot be written as GGUF metadata: \(reason)"
    case .uncovered(let text):
      return "the vocabulary has no token for \"\(text)\" and none for unknown text"
    case .idOutOfRange(let id, let vocabularySize):
      return "the id \(id) is no token; expected 0 to \(vocabularySize - 1)"
    }
  }
}
