import Foundation

/// As much of JSON Schema as this project's schemas use: what a document says against one.
///
/// Known are `type`, `const`, `enum`, `required`, `properties`, `additionalProperties` (false), `items`, `anyOf` and `$ref` to
/// `$defs`. Anything else that constrains is an objection of its own, so that no schema means more than is checked.
package struct JSONSchema {
  private let root: [String: Any]

  private static let known: Set<String> = [
    "$schema", "$defs", "title", "description", "type", "const", "enum", "required", "properties",
    "additionalProperties", "items", "anyOf", "$ref",
  ]

  package init(contentsOf path: String) throws {
    let value = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
    root = value as? [String: Any] ?? [:]
  }

  /// Every objection to a document; none where it is as the schema says.
  package func objections(to document: Any) -> [String] {
    objections(to: document, root, at: "$")
  }

  private func objections(to value: Any, _ schema: [String: Any], at place: String) -> [String] {
    if let reference = schema["$ref"] as? String {
      let name = reference.replacing("#/$defs/", with: "")
      guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
        return ["\(place): no definition \(reference)"]
      }
      return objections(to: value, target, at: place)
    }
    var found = schema.keys.filter { !Self.known.contains($0) }.map { "\(place): the schema's \($0) is not checked" }
    if let types = schema["type"].map({ $0 as? [String] ?? [$0 as? String ?? ""] }),
      !types.contains(where: { Self.isOf($0, value) })
    {
      return found + ["\(place): found \(value), expected \(types.joined(separator: " or "))"]
    }
    if let const = schema["const"] as? NSObject, !const.isEqual(value) { found.append("\(place): expected \(const)") }
    if let words = schema["enum"] as? [NSObject], !words.contains(where: { $0.isEqual(value) }) {
      found.append("\(place): expected one of \(words)")
    }
    if let choices = schema["anyOf"] as? [[String: Any]] {
      let all = choices.map { objections(to: value, $0, at: place) }
      if !all.contains(where: \.isEmpty) { found += all.min { $0.count < $1.count } ?? [] }
    }
    if let object = value as? [String: Any] { found += objections(toMembers: object, schema, at: place) }
    if let items = schema["items"] as? [String: Any], let list = value as? [Any] {
      for (index, item) in list.enumerated() { found += objections(to: item, items, at: "\(place)[\(index)]") }
    }
    return found
  }

  private func objections(
    toMembers object: [String: Any], _ schema: [String: Any], at place: String
  ) -> [String] {
    var found: [String] = []
    let properties = schema["properties"] as? [String: Any] ?? [:]
    for key in schema["required"] as? [String] ?? [] where object[key] == nil { found.append("\(place): no \(key)") }
    for (key, value) in object {
      if let property = properties[key] as? [String: Any] {
        found += objections(to: value, property, at: "\(place).\(key)")
      } else if schema["additionalProperties"] as? Bool == false {
        found.append("\(place): found \(key), expected no such key")
      }
    }
    return found
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    let isTruth = (value as? NSNumber).map(isBoolean) ?? false
    return switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": isTruth
    case "number": value is NSNumber && !isTruth
    case "integer": !isTruth && (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    case "null": value is NSNull
    default: false
    }
  }

  /// Foundation reads `true` as a number of its own kind.
  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
  }
}
