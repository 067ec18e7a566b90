using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Zoo;
using ModelTensors;

namespace ModelAggregation.Glue;

/// <summary>A whole run of Model-GLUE: from a zoo of checkpoints to one model. What C# and a YAML file both make. Immutable; compares by what <see cref="ToYaml"/> writes, and by <see cref="Folder"/>.</summary>
/// <example>
/// <code>
/// GlueRecipe recipe = new()
/// {
///     Zoo = "models",
///     Evaluation = new GlueEvaluation { Tasks = [new GlueTask("sums", GlueTaskKind.ExactMatch) { File = "sums.jsonl" }] },
///     Output = "glued",
/// };
/// </code>
/// </example>
public sealed partial record GlueRecipe
{
    /// <summary>Gets the title of the report (<c>title</c>).</summary>
    /// <value><c>Model-GLUE</c> by default.</value>
    public string Title
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = "Model-GLUE";

    /// <summary>Gets a paragraph for the head of the report (<c>note</c>), such as of what the models are no evidence.</summary>
    /// <value>Null by default.</value>
    public string? Note { get; init; }

    /// <summary>Gets the models (<c>zoo</c>).</summary>
    public required GlueZoo Zoo { get; init; }

    /// <summary>Gets how models are compared (<c>cluster</c>: measure, part, base). Threads and the like are the recipe's own.</summary>
    public SimilarityOptions Similarity
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets which models make a family (<c>cluster</c>: linkage, threshold).</summary>
    public ClusteringOptions Clustering
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets how families are searched (<c>search</c>).</summary>
    public GlueSearch Search
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the merges that are tried beside the searches (<c>candidates</c>).</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<GlueCandidate> Candidates
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    } = [];

    /// <summary>Gets the type of merged models (<c>dtype</c>).</summary>
    /// <value>Null by default: that of the models.</value>
    public DataType? OutputDataType { get; init; }

    /// <summary>Gets what merges do with embeddings of different numbers of rows where there is no <see cref="TokenizerSource"/> (<c>vocabulary</c>); see <see cref="MergeRecipe.Vocabulary"/>.</summary>
    /// <value><see cref="VocabularyPolicy.Method"/> by default.</value>
    public VocabularyPolicy Vocabulary { get; init; }

    /// <summary>Gets whose vocabulary merged models have (<c>tokenizer_source</c>): <c>union</c>, <c>base</c>, or a model.</summary>
    /// <value>Null by default: rows are merged by number.</value>
    public string? TokenizerSource { get; init; }

    /// <summary>Gets whether a model that no merge of its family beats is copied to the output (<c>copy_singles</c>).</summary>
    /// <value>False by default: it is referred to.</value>
    public bool CopiesSingles { get; init; }

    /// <summary>Gets the mixtures that are made of the merged models (<c>mix</c>).</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<GlueMixture> Mixtures
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    } = [];

    /// <summary>Gets the prompts of tasks that routers are made of (<c>prompts</c>).</summary>
    /// <value>Empty by default: of built-in tasks, those of their examples that models are selected by.</value>
    public IReadOnlyList<GluePrompts> Prompts
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    } = [];

    /// <summary>Gets the tasks (<c>evaluation</c>).</summary>
    /// <value>Null by default: the host gives evaluators; see <see cref="GlueServices.Proxy"/>.</value>
    public GlueEvaluation? Evaluation { get; init; }

    /// <summary>Gets the seed of everything random: how examples are dealt out, searches, random masks, routers (<c>random_seed</c>).</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the number of threads of comparisons and merges (<c>threads</c>). It changes no byte.</summary>
    /// <value>The number of processors by default; at least 1.</value>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Gets the folder of the output (<c>output</c>): models, scores, report and manifest.</summary>
    public required string Output
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    }

    /// <summary>Gets the folder that relative paths of the recipe start from; not in the file.</summary>
    /// <value>The current folder by default; of a recipe that was loaded, its file's.</value>
    public string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = ".";

    /// <summary>Gets the vocabulary of merges as their recipes have it.</summary>
    internal MergeTokenizer? Tokenizer => TokenizerSource is { } source ? new MergeTokenizer { Source = source } : null;

    /// <summary>Gets the full path of a path of the recipe.</summary>
    internal string Resolve(string path) => Path.GetFullPath(path, Path.GetFullPath(Folder));
}
