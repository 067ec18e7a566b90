namespace ModelAggregation.Merging.Recipes;

/// <summary>Recipes that build on each other: a reference equal to a stage's name is that stage's output. Immutable.</summary>
/// <example>
/// <code>
/// MergePipeline pipeline = MergePipeline.First("math", MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).Build())
///     .Finally(MergeRecipe.With("slerp").Base("math").Model("c").Parameter("t", 0.5).Build());
/// </code>
/// </example>
public sealed record MergePipeline
{
    /// <summary>Creates a pipeline.</summary>
    /// <param name="stages">The stages in any order; at least one, at most 256, and at most one without a name.</param>
    /// <exception cref="ArgumentException">There is no stage.</exception>
    /// <exception cref="RecipeException">There are too many stages, names are not usable or occur twice, or stages use each other in a circle; the message lists every problem.</exception>
    public MergePipeline(IReadOnlyList<MergeStage> stages)
    {
        ArgumentNullException.ThrowIfNull(stages);
        if (stages.Count == 0)
        {
            throw new ArgumentException("A pipeline needs at least one stage.", nameof(stages));
        }

        string[] problems = [.. PipelineShape.Check(stages).Select(problem => problem.Message)];
        Stages = problems.Length == 0 ? [.. stages] : throw new RecipeException(string.Join(" ", problems));
        Order = PipelineShape.Order(Stages);
    }

    private MergePipeline(IReadOnlyList<MergeStage> stages, IReadOnlyList<MergeStage> order) => (Stages, Order) = (stages, order);

    /// <summary>Gets the stages as they were given.</summary>
    public IReadOnlyList<MergeStage> Stages { get; }

    /// <summary>Gets the stages in the order in which they are merged: each after those it uses, else as given; the last makes the pipeline's output.</summary>
    /// <value>Last is the stage without a name; without such the last one that no other uses.</value>
    public IReadOnlyList<MergeStage> Order { get; }

    /// <summary>Starts a pipeline.</summary>
    /// <param name="name">The stage's name, for the stages after it to refer to.</param>
    /// <param name="recipe">The stage's recipe.</param>
    /// <exception cref="RecipeException">The name is not usable.</exception>
    public static MergePipeline First(string name, MergeRecipe recipe) => new([Named(name, recipe)]);

    /// <summary>Returns a pipeline with one stage more.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="recipe">The stage's recipe.</param>
    /// <exception cref="RecipeException">The name is not usable or is taken.</exception>
    public MergePipeline Then(string name, MergeRecipe recipe) => new([.. Stages, Named(name, recipe)]);

    /// <summary>Returns a pipeline with a last stage, which makes its output.</summary>
    /// <param name="recipe">The stage's recipe.</param>
    /// <exception cref="RecipeException">There is a stage without a name already.</exception>
    public MergePipeline Finally(MergeRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return new MergePipeline([.. Stages, new MergeStage(Name: null, recipe)]);
    }

    /// <summary>Reads a pipeline from YAML: one document for each stage, with its <c>name</c>; a single document without one is a pipeline too.</summary>
    /// <param name="yaml">The text, at most 1 MiB.</param>
    /// <param name="fileName">The name to give in error messages.</param>
    /// <exception cref="RecipeException">The text is not YAML, or not a pipeline; the error has the line and column.</exception>
    public static MergePipeline Parse(string yaml, string? fileName = null) => RecipeReader.ReadStages(RecipeFile.Bound(yaml, fileName), fileName);

    /// <summary>Reads a pipeline from a YAML file.</summary>
    /// <param name="path">The file, UTF-8, at most 1 MiB.</param>
    /// <exception cref="RecipeException">The file is not UTF-8, not YAML, or not a pipeline; the error has the line and column.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static MergePipeline Load(string path) => Parse(RecipeFile.Read(path), path);

    /// <summary>Writes the pipeline as canonical YAML, its stages as given: parsed again it is an equal pipeline.</summary>
    public string ToYaml() => string.Join("---\n", Stages.Select(stage => RecipeWriter.Write(stage.Recipe, stage.Name)));

    /// <summary>Compares the stages.</summary>
    /// <param name="other">Another pipeline.</param>
    public bool Equals(MergePipeline? other) => other is not null && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc />
    public override int GetHashCode() => Stages.Aggregate(0, HashCode.Combine);

    /// <summary>Writes the pipeline as <see cref="ToYaml"/> does.</summary>
    public override string ToString() => ToYaml();

    /// <summary>Returns the stages that a stage uses, directly.</summary>
    internal static IEnumerable<MergeStage> Uses(MergeStage stage, IEnumerable<MergeStage> stages)
    {
        HashSet<string> references = new(stage.Recipe.References().Concat(stage.Recipe.StatisticsReferences()), StringComparer.Ordinal);
        return stages.Where(other => other.Name is { } name && references.Contains(name));
    }

    /// <summary>Returns a stage with all that it is made of, as a pipeline of its own.</summary>
    internal MergePipeline UpTo(MergeStage stage)
    {
        HashSet<MergeStage> wanted = new(ReferenceEqualityComparer.Instance) { stage };
        foreach (MergeStage other in Order.Reverse().Where(wanted.Contains))
        {
            wanted.UnionWith(Uses(other, Stages));
        }

        // Whatever these use is among them: they are sound, and in order, as they are here.
        return new MergePipeline([.. Stages.Where(wanted.Contains)], [.. Order.Where(wanted.Contains)]);
    }

    private static MergeStage Named(string name, MergeRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(recipe);
        return new MergeStage(name, recipe);
    }
}
