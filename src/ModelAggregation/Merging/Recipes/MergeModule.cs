namespace ModelAggregation.Merging.Recipes;

/// <summary>A part of the models, such as the vision tower beside a language model, merged in a way of its own.</summary>
/// <remarks>Exactly one of <see cref="Models"/> and <see cref="Slices"/> has entries. Layers are counted within the module.</remarks>
/// <param name="Name">The name; without <see cref="Prefixes"/> it tells which tensors the module takes.</param>
public sealed record MergeModule(string Name)
{
    /// <summary>The module that takes whatever no other takes.</summary>
    public const string Default = "default";

    /// <summary>Gets the beginnings of the names of the tensors that the module takes (<c>prefix</c>), in whole components between dots.</summary>
    /// <value>
    /// None by default: then the module takes what lies under its name or under <c>model.</c> and its name, a few common names also what checkpoints
    /// call it otherwise, and <see cref="Default"/> takes the rest. Where several modules fit a tensor, the longest prefix decides.
    /// </value>
    public IReadOnlyList<string> Prefixes { get; init; } = [];

    /// <summary>Gets the base model of this module (<c>base_model</c>).</summary>
    /// <value>Null for that of the recipe.</value>
    public string? BaseModel { get; init; }

    /// <summary>Gets the models to merge over all layers of the module (<c>models</c>).</summary>
    public IReadOnlyList<MergeModel> Models { get; init; } = [];

    /// <summary>Gets the slices of layers that make up the module, first layers first (<c>slices</c>).</summary>
    public IReadOnlyList<MergeSlice> Slices { get; init; } = [];

    /// <summary>Gets the parameters of the module (<c>parameters</c>): a scope wider than slices, narrower than the recipe.</summary>
    public ParameterSet Parameters { get; init; } = ParameterSet.Empty;

    /// <summary>Compares everything that the module says.</summary>
    /// <param name="other">Another module.</param>
    public bool Equals(MergeModule? other) =>
        other is not null
        && string.Equals(Name, other.Name, StringComparison.Ordinal)
        && string.Equals(BaseModel, other.BaseModel, StringComparison.Ordinal)
        && Prefixes.SequenceEqual(other.Prefixes, StringComparer.Ordinal)
        && Models.SequenceEqual(other.Models)
        && Slices.SequenceEqual(other.Slices)
        && Parameters.Equals(other.Parameters);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Name, BaseModel, Prefixes.Count, Models.Count, Slices.Count, Parameters);

    /// <summary>Returns every reference to a model: those that are merged in order, then the base model.</summary>
    internal IEnumerable<string> References() =>
        Models.Select(model => model.Model)
            .Concat(Slices.SelectMany(slice => slice.Sources).Select(source => source.Model))
            .Concat(BaseModel is null ? [] : [BaseModel]);
}
