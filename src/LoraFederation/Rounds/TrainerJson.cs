using System.Text.Json.Serialization;

namespace LoraFederation.Rounds;

/// <summary>How the files between a run and a training process become JSON: with the names that PEFT's own files have.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(TrainingTask))]
[JsonSerializable(typeof(UpdateFile))]
internal sealed partial class TrainerJson : JsonSerializerContext;
