import Checkpoints
import Models

/// What a folder in the making holds, in order, and where each tensor of a plan goes.
///
/// What is quantized becomes a module of its own, whatever the original has it in. What stays in numbers is stored as the
/// original stores it: in a tensor that several matrices share where all of them stay in numbers.
struct FolderTensors {
  /// All of them, in order.
  private(set) var planned: [SafetensorsPlannedTensor] = []
  /// How many matrices share a stored tensor, by its name.
  private var sharers: [String: Int] = [:]
  private let model: ModelSource

  init(_ plan: ProductPlan, _ container: any FolderContainer) {
    model = plan.model
    var parted: Set<String> = []
    for tensor in plan.tensors where model.place(of: tensor.spec).isShared {
      let name = model.place(of: tensor.spec).tensor
      sharers[name, default: 0] += 1
      if container.layout(of: tensor) != nil { parted.insert(name) }
    }
    for name in parted { sharers[name] = nil }
    var waiting = sharers
    for tensor in plan.tensors {
      guard let place = shared(tensor) else {
        planned += Self.planned(tensor, container)
        continue
      }
      waiting[place.tensor, default: 0] -= 1
      guard waiting[place.tensor] == 0 else { continue }
      planned.append(
        SafetensorsPlannedTensor(name: place.tensor, shape: place.shape, type: container.floats.safetensorsName))
    }
    for name in model.carried + model.numbers {
      guard let tensor = model.source.tensors[name] else { continue }
      planned.append(
        SafetensorsPlannedTensor(name: name, shape: tensor.shape, type: tensor.storage.name.uppercased()))
    }
  }

  /// The tensor that it shares with others in the folder; nil where it has one of its own.
  func shared(_ tensor: TensorPlan) -> StoredPlace? {
    let place = model.place(of: tensor.spec)
    return sharers[place.tensor] == nil ? nil : place
  }

  /// How many matrices share a tensor.
  func sharers(of place: StoredPlace) -> Int { sharers[place.tensor] ?? 1 }

  private static func planned(_ tensor: TensorPlan, _ container: any FolderContainer) -> [SafetensorsPlannedTensor] {
    guard let layout = container.layout(of: tensor), let module = tensor.moduleName else {
      let place = tensor.spec.folder
      return [SafetensorsPlannedTensor(name: place.tensor, shape: place.shape, type: container.floats.safetensorsName)]
    }
    return (layout.parts + (container.holdsInputScales ? [InputScaleLayout.part] : [])).map {
      SafetensorsPlannedTensor(name: "\(module).\($0.suffix)", shape: $0.shape, type: $0.type)
    }
  }
}
