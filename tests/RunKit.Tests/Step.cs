using System.Text.Json.Serialization;

namespace RunKit.Tests;

/// <summary>What the tests record.</summary>
internal sealed record Step(string Name, int Number);

[JsonSerializable(typeof(Step))]
internal sealed partial class StepJson : JsonSerializerContext;
