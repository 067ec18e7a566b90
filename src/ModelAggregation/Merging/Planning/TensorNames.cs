using System.Globalization;

namespace ModelAggregation.Merging.Planning;

/// <summary>What can be told of a tensor from its name, whatever the architecture.</summary>
internal static class TensorNames
{
    // The modules with one row for each token: of the input, and of the output.
    private static readonly string[] InputEmbeddings = ["embed_tokens", "wte", "word_embeddings", "tok_embeddings", "embed_in", "shared"];
    private static readonly string[] Heads = ["lm_head", "embed_out", "output"];
    private static readonly string[] BeforeLayers = ["embed", "wte", "wpe"];

    /// <summary>Finds the layer's number: the first component of the name that is a number.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="prefix">What stands before the number, with the dot.</param>
    /// <param name="index">The number.</param>
    /// <param name="suffix">What stands after the number, with the dot.</param>
    public static bool TryGetLayer(string name, out ReadOnlySpan<char> prefix, out int index, out ReadOnlySpan<char> suffix)
    {
        ReadOnlySpan<char> text = name;
        foreach (Range range in text.Split('.'))
        {
            // A component with leading zeros is not a layer: renumbering would change its name.
            ReadOnlySpan<char> component = text[range];
            if (int.TryParse(component, NumberStyles.None, CultureInfo.InvariantCulture, out index) && (component[0] != '0' || component.Length == 1))
            {
                prefix = text[..range.Start];
                suffix = text[range.End..];
                return true;
            }
        }

        prefix = suffix = default;
        index = -1;
        return false;
    }

    /// <summary>Returns whether a tensor outside the layers comes before them.</summary>
    public static bool IsBeforeLayers(string name) => !IsHead(name) && Array.Exists(BeforeLayers, part => name.Contains(part, StringComparison.Ordinal));

    /// <summary>Returns whether a matrix outside the layers turns tokens into vectors.</summary>
    public static bool IsInputEmbedding(string name) => Array.IndexOf(InputEmbeddings, Module(name)) >= 0;

    /// <summary>Returns whether a matrix outside the layers turns vectors into tokens, so that the input embedding may stand for it.</summary>
    public static bool IsHead(string name) => Array.IndexOf(Heads, Module(name)) >= 0;

    /// <summary>Returns whether a vector outside the layers is added to what a head gives, so that it has one element for each token.</summary>
    public static bool IsHeadBias(string name) => Array.IndexOf(Heads, Module(name, ".bias")) >= 0;

    /// <summary>Returns whether a tensor is derived from the configuration, so that readers do without it; old checkpoints store such.</summary>
    public static bool IsDerivedBuffer(string name) => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);

    // The component before ".weight".
    private static string? Module(string name, string ending = ".weight")
    {
        if (!name.EndsWith(ending, StringComparison.Ordinal))
        {
            return null;
        }

        string module = name[..^ending.Length];
        return module[(module.LastIndexOf('.') + 1)..];
    }
}
