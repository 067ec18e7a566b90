using System.Text.Json.Nodes;
using ModelTensors;

namespace ModelAggregation.Zoo;

/// <summary>Whether two models can be merged, and in what they differ.</summary>
public sealed class ModelCompatibility
{
    // Who made the file and when says nothing about the model.
    private static readonly string[] Remarks = ["_name_or_path", "transformers_version", "architectures", "rope_parameters"];

    private ModelCompatibility(ZooModel first, ZooModel second, IReadOnlyList<CompatibilityDifference> differences)
    {
        First = first;
        Second = second;
        Differences = differences;
    }

    /// <summary>Gets the first model.</summary>
    public ZooModel First { get; }

    /// <summary>Gets the second model.</summary>
    public ZooModel Second { get; }

    /// <summary>Gets the differences, those that block a merge first.</summary>
    public IReadOnlyList<CompatibilityDifference> Differences { get; }

    /// <summary>Gets whether no difference is blocking.</summary>
    public bool IsMergeable => !Differences.Any(difference => difference.IsBlocking);

    /// <summary>Compares two models by configuration, tensors and vocabulary. No tensor is read.</summary>
    /// <param name="first">The first model.</param>
    /// <param name="second">The second model.</param>
    public static ModelCompatibility Compare(ZooModel first, ZooModel second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        List<CompatibilityDifference> differences = [.. Configurations(first, second), .. Tensors(first, second)];
        if (!string.Equals(first.VocabularySha256, second.VocabularySha256, StringComparison.Ordinal))
        {
            differences.Add(new CompatibilityDifference(CompatibilityKind.Vocabulary, "vocabulary", first.VocabularySha256, second.VocabularySha256, IsBlocking: false));
        }

        return new ModelCompatibility(first, second, [.. differences.OrderByDescending(difference => difference.IsBlocking)]);
    }

    private static IEnumerable<CompatibilityDifference> Configurations(ZooModel first, ZooModel second)
    {
        JsonObject? left = first.Config?.ToDocument();
        JsonObject? right = second.Config?.ToDocument();
        foreach (((string name, string? value), (_, string? other)) in ArchitectureKey.Traits(left).Zip(ArchitectureKey.Traits(right)))
        {
            if (!string.Equals(value, other, StringComparison.Ordinal))
            {
                yield return new CompatibilityDifference(CompatibilityKind.Configuration, name, value, other, IsBlocking: true);
            }
        }

        HashSet<string> compared = new(ConfigTrait.Blocking.SelectMany(trait => trait.OtherKeys.Prepend(trait.Name)).Concat(Remarks), StringComparer.Ordinal);
        foreach (string key in Keys(left).Union(Keys(right), StringComparer.Ordinal).Where(key => !compared.Contains(key)).Order(StringComparer.Ordinal))
        {
            string? value = left?[key]?.ToJsonString();
            string? other = right?[key]?.ToJsonString();
            if (!string.Equals(value, other, StringComparison.Ordinal))
            {
                yield return new CompatibilityDifference(CompatibilityKind.Configuration, key, value, other, IsBlocking: false);
            }
        }
    }

    private static IEnumerable<CompatibilityDifference> Tensors(ZooModel first, ZooModel second)
    {
        Dictionary<string, TensorInfo> others = ArchitectureKey.Tensors(second).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (TensorInfo tensor in ArchitectureKey.Tensors(first))
        {
            if (!others.Remove(tensor.Name, out TensorInfo? other))
            {
                yield return new CompatibilityDifference(CompatibilityKind.Tensor, tensor.Name, tensor.Shape.ToString(), null, IsBlocking: true);
            }
            else if (!string.Equals(ArchitectureKey.Shape(tensor), ArchitectureKey.Shape(other), StringComparison.Ordinal))
            {
                yield return new CompatibilityDifference(CompatibilityKind.Tensor, tensor.Name, tensor.Shape.ToString(), other.Shape.ToString(), IsBlocking: true);
            }
            else if (tensor.DataType != other.DataType)
            {
                yield return new CompatibilityDifference(
                    CompatibilityKind.DataType,
                    tensor.Name,
                    tensor.DataType.SafetensorsName,
                    other.DataType.SafetensorsName,
                    IsBlocking: tensor.DataType.IsFloatingPoint != other.DataType.IsFloatingPoint);
            }
            else if (tensor.Shape != other.Shape)
            {
                yield return new CompatibilityDifference(CompatibilityKind.Vocabulary, tensor.Name, tensor.Shape.ToString(), other.Shape.ToString(), IsBlocking: false);
            }
        }

        foreach (TensorInfo other in others.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            yield return new CompatibilityDifference(CompatibilityKind.Tensor, other.Name, null, other.Shape.ToString(), IsBlocking: true);
        }
    }

    private static IEnumerable<string> Keys(JsonObject? config) => config?.Select(entry => entry.Key) ?? [];
}
