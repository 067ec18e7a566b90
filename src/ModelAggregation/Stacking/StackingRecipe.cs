using System.Text;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Stacking;

/// <summary>Which models to stack and how. Immutable.</summary>
public sealed record StackingRecipe
{
    /// <summary>Gets the references of the models, in their order; the first gives the configuration. One may occur more than once.</summary>
    /// <value>At least two.</value>
    /// <exception cref="ArgumentException">There are fewer, or a reference is empty.</exception>
    public required IReadOnlyList<string> Models
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.Count >= 2 && !value.Any(string.IsNullOrWhiteSpace)
                ? [.. value]
                : throw new ArgumentException($"A stack is of at least two models, each with a reference; these are {value.Count}.", nameof(value));
        }
    }

    /// <summary>Gets the order of the layers (<c>method</c>).</summary>
    /// <value><see cref="StackMethod.Stack"/> by default.</value>
    public StackMethod Method { get; init; }

    /// <summary>Gets the type of the output's floats (<c>dtype</c>).</summary>
    /// <value>F16, BF16, F32 or F64. Null by default: each tensor keeps the type of the first model that has it.</value>
    /// <exception cref="ArgumentOutOfRangeException">It is another type.</exception>
    public DataType? OutputDataType
    {
        get;
        init => field = value is null || DataTypeWords.IsUsable(value.Value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Checkpoints are written in {string.Join(", ", DataTypeWords.Usable)}.");
    }

    /// <summary>Gets the reference of the model whose tokenizer the output has (<c>tokenizer</c>).</summary>
    /// <value>Null by default: the first model's. Else one of <see cref="Models"/>.</value>
    public string? TokenizerModel { get; init; }

    /// <summary>Reads a recipe from YAML: <c>models</c>, <c>method</c>, <c>dtype</c>, <c>tokenizer</c>.</summary>
    /// <param name="yaml">The text of one YAML document, at most 1 MiB.</param>
    /// <param name="fileName">The name to give in error messages.</param>
    /// <exception cref="RecipeException">The text is not YAML, or not such a recipe; the error has the line and column.</exception>
    public static StackingRecipe Parse(string yaml, string? fileName = null) => new StackingRecipeReader(fileName).Read(RecipeFile.Bound(yaml, fileName));

    /// <summary>Reads a recipe from a YAML file.</summary>
    /// <param name="path">The file, UTF-8, at most 1 MiB.</param>
    /// <exception cref="RecipeException">The file is not UTF-8, not YAML, or not such a recipe; the error has the line and column.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static StackingRecipe Load(string path) => Parse(RecipeFile.Read(path), path);

    /// <summary>Writes the recipe as canonical YAML: parsed again it is an equal recipe.</summary>
    public string ToYaml()
    {
        StringBuilder text = new("models:\n");
        foreach (string model in Models)
        {
            text.Append("- ").Append(RecipeWriter.Quote(model)).Append('\n');
        }

        text.Append("method: ").Append(RecipeWords.Word(Method)).Append('\n');
        if (OutputDataType is { } type)
        {
            text.Append("dtype: ").Append(DataTypeWords.Word(type)).Append('\n');
        }

        if (TokenizerModel is { } tokenizer)
        {
            text.Append("tokenizer: ").Append(RecipeWriter.Quote(tokenizer)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Writes the recipe as <see cref="ToYaml"/> does.</summary>
    public override string ToString() => ToYaml();

    /// <summary>Returns whether two recipes are equal, model by model.</summary>
    /// <param name="other">The other recipe.</param>
    public bool Equals(StackingRecipe? other) => other is not null && string.Equals(ToYaml(), other.ToYaml(), StringComparison.Ordinal);

    /// <summary>Returns a hash of the recipe's text.</summary>
    public override int GetHashCode() => ToYaml().GetHashCode(StringComparison.Ordinal);
}
