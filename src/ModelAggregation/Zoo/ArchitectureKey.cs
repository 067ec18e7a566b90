using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelTensors;

namespace ModelAggregation.Zoo;

/// <summary>Describes all that two models must have in common to be merged: the architectures, what weights are trained for, the tensors and their shapes but for rows of tokens.</summary>
internal static class ArchitectureKey
{
    private const int LongestName = 64;

    /// <summary>Returns the key: the architecture's name for people, then a hash.</summary>
    public static string Of(ZooModel model)
    {
        JsonObject? config = model.Config?.ToDocument();
        StringBuilder text = new();
        foreach ((string name, string? value) in Traits(config))
        {
            text.Append(name).Append('=').Append(value ?? "?").Append('\n');
        }

        foreach (TensorInfo tensor in Tensors(model).OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            text.Append(tensor.Name).Append(' ').Append(Shape(tensor)).Append(tensor.DataType.IsFloatingPoint ? " float\n" : " integer\n");
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 4));
        return $"{Plain(model.Config?.Architecture ?? "unknown")}-{hash}";
    }

    // It is part of names of files, and a configuration may say anything. The hash has it as it stands.
    private static string Plain(string architecture) =>
        string.Concat(architecture.Take(LongestName).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '_'));

    /// <summary>Returns the traits that must be equal, the paper's key first: the list of architectures as a whole, order included.</summary>
    public static IEnumerable<(string Name, string? Value)> Traits(JsonObject? config) =>
        ConfigTrait.Blocking.Select(trait => (trait.Name, trait.Of(config))).Prepend(("architectures", config?["architectures"]?.ToJsonString()));

    /// <summary>Returns the tensors that take part in a merge.</summary>
    public static IEnumerable<TensorInfo> Tensors(ZooModel model) => model.Tensors.Where(tensor => !TensorNames.IsDerivedBuffer(tensor.Name));

    /// <summary>Returns the shape, with a star for what a policy of vocabularies evens out.</summary>
    public static string Shape(TensorInfo tensor) =>
        tensor.Shape.Rank > 0 && HasRowForEachToken(tensor.Name) ? $"[{string.Join(", ", tensor.Shape.Dimensions.Skip(1).Select(size => $"{size}").Prepend("*"))}]" : tensor.Shape.ToString();

    /// <summary>Returns whether a tensor has one row for each token.</summary>
    public static bool HasRowForEachToken(string name) => TensorNames.IsInputEmbedding(name) || TensorNames.IsHead(name) || TensorNames.IsHeadBias(name);
}
