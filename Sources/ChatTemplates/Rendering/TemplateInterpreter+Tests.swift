extension TemplateInterpreter {
  /// `value is name(arguments)`.
  func test(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> Bool {
    func operand() throws(ChatTemplateError) -> TemplateValue {
      guard let operand = arguments.positional.first else {
        throw failure(line, "the test \"\(name)\" needs an operand")
      }
      return operand
    }
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "none": if case .none = value { return true } else { return false }
    case "true": if case .bool(true) = value { return true } else { return false }
    case "false": if case .bool(false) = value { return true } else { return false }
    case "boolean": if case .bool = value { return true } else { return false }
    case "integer": if case .integer = value { return true } else { return false }
    case "float": if case .float = value { return true } else { return false }
    case "number": return value.number != nil
    case "string": return value.text != nil
    case "mapping": if case .dictionary = value { return true } else { return false }
    case "callable": if case .callable = value { return true } else { return false }
    case "iterable", "sequence":
      switch value {
      case .string, .list, .tuple, .dictionary, .undefined: return true
      default: return false
      }
    case "lower": return value.text.map { $0 == $0.lowercased() && $0 != $0.uppercased() } ?? false
    case "upper": return value.text.map { $0 == $0.uppercased() && $0 != $0.lowercased() } ?? false
    case "odd", "even", "divisibleby":
      let divisor = name == "divisibleby" ? try operand() : .integer(2)
      let remainder = try arithmetic(.modulo, value, divisor, line: line)
      return remainder.isTrue == (name == "odd")
    case "sameas":
      let other = try operand()
      guard value.typeName == other.typeName else { return false }
      return try value.equals(other, budget)
    default:
      guard let operation = Self.comparisons[name] else { throw failure(line, "there is no test \"\(name)\"") }
      return try compare(operation, value, try operand(), line: line)
    }
  }

  private static let comparisons: [String: TemplateExpression.Comparison] = [
    "eq": .equal, "equalto": .equal, "ne": .unequal, "lt": .less, "lessthan": .less, "le": .lessOrEqual,
    "gt": .greater, "greaterthan": .greater, "ge": .greaterOrEqual, "in": .isIn,
  ]
}
