using ModelTensors;

namespace ModelAggregation.Merging.Recipes;

/// <summary>What to merge and how; what a mergekit YAML file, the <see cref="MergeRecipeBuilder"/> and dependency injection all make. Immutable.</summary>
/// <remarks>Exactly one of <see cref="Models"/>, <see cref="Slices"/> and <see cref="Modules"/> has entries; the planner reports every rule that a recipe breaks.</remarks>
public sealed partial record MergeRecipe
{
    /// <summary>Gets the method's name (<c>merge_method</c>).</summary>
    public required string Method { get; init; }

    /// <summary>Gets the models to merge over all their layers (<c>models</c>).</summary>
    public IReadOnlyList<MergeModel> Models { get; init; } = [];

    /// <summary>Gets the slices of layers that make up the output, first layers first (<c>slices</c>).</summary>
    public IReadOnlyList<MergeSlice> Slices { get; init; } = [];

    /// <summary>Gets the parts of the models that are merged each in a way of its own (<c>modules</c>).</summary>
    public IReadOnlyList<MergeModule> Modules { get; init; } = [];

    /// <summary>Gets the base model's reference (<c>base_model</c>), or null.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Gets the parameters of the widest scope (<c>parameters</c>).</summary>
    public ParameterSet Parameters { get; init; } = ParameterSet.Empty;

    /// <summary>Gets <c>dtype</c>: the type of the output unless <see cref="OutputDataType"/> is given. Arithmetic is always in float.</summary>
    public DataType? DataType { get; init; }

    /// <summary>Gets <c>out_dtype</c>: the type of the output.</summary>
    /// <value>Null for <see cref="DataType"/>, or without that for the type of the base model's tensor, or of the inputs' common type.</value>
    public DataType? OutputDataType { get; init; }

    /// <summary>Gets the seed of methods that draw random numbers (<c>random_seed</c>).</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets what to do with NaN and infinities (<c>non_finite</c>: fail, warn, allow).</summary>
    public NonFinitePolicy NonFinite { get; init; }

    /// <summary>Gets what to do with a model whose tensor is missing or has another shape (<c>on_mismatch</c>: error, skip).</summary>
    public MismatchPolicy OnMismatch { get; init; }

    /// <summary>Gets what to do with integer tensors (<c>integer_tensors</c>: error, copy).</summary>
    public IntegerPolicy IntegerTensors { get; init; }

    /// <summary>Gets what to do with embeddings of different numbers of rows where there is no <see cref="Tokenizer"/> (<c>vocabulary</c>: method, error, common, base).</summary>
    public VocabularyPolicy Vocabulary { get; init; }

    /// <summary>Gets whose vocabulary the output has (<c>tokenizer</c>, <c>tokenizer_source</c>), or null to merge rows by number.</summary>
    public MergeTokenizer? Tokenizer { get; init; }

    /// <summary>Gets the output's chat template (<c>chat_template</c>): the name of a built-in one, <c>auto</c>, the template itself, or null to take over the tokenizer's.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Starts a recipe in code.</summary>
    /// <param name="method">The method's name, such as <c>ties</c>.</param>
    public static MergeRecipeBuilder With(string method) => new(method);

    /// <summary>Compares everything that the recipe says.</summary>
    /// <param name="other">Another recipe.</param>
    public bool Equals(MergeRecipe? other) =>
        other is not null
        && string.Equals(Method, other.Method, StringComparison.Ordinal)
        && string.Equals(BaseModel, other.BaseModel, StringComparison.Ordinal)
        && Models.SequenceEqual(other.Models)
        && Slices.SequenceEqual(other.Slices)
        && Modules.SequenceEqual(other.Modules)
        && Parameters.Equals(other.Parameters)
        && Equals(Tokenizer, other.Tokenizer)
        && string.Equals(ChatTemplate, other.ChatTemplate, StringComparison.Ordinal)
        && Vocabulary == other.Vocabulary
        && (DataType, OutputDataType, Seed, NonFinite, OnMismatch, IntegerTensors)
            == (other.DataType, other.OutputDataType, other.Seed, other.NonFinite, other.OnMismatch, other.IntegerTensors);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Method, BaseModel, Models.Count, Slices.Count, Modules.Count, Parameters, Seed);

    /// <summary>Gets what is merged: the modules, or without any the models or slices as one nameless module.</summary>
    internal IReadOnlyList<MergeModule> Parts => Modules.Count > 0 ? Modules : [Whole];

    private MergeModule Whole => new(string.Empty) { Models = Models, Slices = Slices };

    /// <summary>Returns every reference to a model, each once: those that are merged in the order of the recipe, the base model, that of the tokenizer.</summary>
    internal IEnumerable<string> References() =>
        Modules.Prepend(Whole).SelectMany(module => module.References())
            .Concat(BaseModel is null ? [] : [BaseModel])
            .Concat(Tokenizer?.SourceModel is { } tokenizer ? [tokenizer] : [])
            .Distinct(StringComparer.Ordinal);

    /// <summary>Returns every reference to statistics, each once, in the order of the recipe.</summary>
    internal IEnumerable<string> StatisticsReferences() =>
        Modules.Prepend(Whole)
            .SelectMany(module => module.Models.Select(model => model.Statistics)
                .Concat(module.Slices.SelectMany(slice => slice.Sources).Select(source => source.Statistics)))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal);
}
