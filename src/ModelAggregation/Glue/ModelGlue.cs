using ModelAggregation.Evaluation;
using ModelAggregation.Glue.Execution;
using ModelAggregation.Merging;

namespace ModelAggregation.Glue;

/// <summary>Model-GLUE in one call: clusters a zoo, searches each family, writes its best merge, mixes what was merged, and reports on examples that no choice has seen. Safe to use from several threads, for other outputs each.</summary>
/// <example>
/// <code>
/// ModelGlue glue = new(new GlueServices { Models = new RuntimeLanguageModelFactory() });
/// GlueResult result = await glue.RunAsync(GlueRecipe.Load("glue.yml"));
/// Console.WriteLine(result.Verdict());
/// </code>
/// </example>
/// <remarks>
/// The output folder holds <c>clusters.json</c>, <c>similarity.csv</c> and a <c>similarity-*.json</c> for each architecture, <c>search-&lt;family&gt;.json</c> with its <c>.journal</c>, the models in
/// <c>merged/</c> and <c>mixture/</c>, <c>scores.json</c> with <c>scores.journal</c> and <c>hold-out.journal</c>, <c>model_acc.csv</c>, <c>report.html</c>, and <c>manifest.json</c> with the recipe and the hashes of inputs and outputs. A stage whose inputs and
/// outputs are what an earlier run has recorded is not carried out again; a search that was stopped goes on from its journal. Apart from the journals, which are in the order of the work, the same
/// inputs and seed give the same bytes after any interruption, and for any number of threads and workers.
/// </remarks>
public sealed class ModelGlue
{
    private readonly GlueServices _services;

    /// <summary>Creates the pipeline.</summary>
    /// <param name="services">What the host gives; when null, nothing: then the recipe's evaluation is a process.</param>
    public ModelGlue(GlueServices? services = null) => _services = services ?? new GlueServices();

    /// <summary>Checks a recipe against its models, files and methods, and says what running it will take. Of models only headers are read.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <exception cref="GlueException">The recipe cannot be carried out; the error lists every problem.</exception>
    public GluePlan Plan(GlueRecipe recipe, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return GluePlanner.Plan(recipe, _services, cancellationToken).Plan;
    }

    /// <summary>Carries a recipe out, from where an earlier run of it into the same folder has come to.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Told how far the run is.</param>
    /// <param name="cancellationToken">Stops the run between evaluations and within comparisons and merges; what is done stays for a later one.</param>
    /// <exception cref="GlueException">The recipe cannot be carried out, or the output is of something else or damaged.</exception>
    /// <exception cref="EvaluationException">A model could not be evaluated whose scores the report needs, or any where the recipe says to stop then.</exception>
    /// <exception cref="MergeDataException">Weights are not sound.</exception>
    public Task<GlueResult> RunAsync(GlueRecipe recipe, IProgress<GlueProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return new GlueRun(GluePlanner.Plan(recipe, _services, cancellationToken), _services, progress).RunAsync(cancellationToken);
    }

    /// <summary>Derives every score of an output folder again from the artefacts it names, and compares them and the files' hashes exactly with what is recorded.</summary>
    /// <param name="folder">The output folder of a run that came to its end.</param>
    /// <param name="progress">Told how far the verification is.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <exception cref="GlueException">The folder is no output of a run, or a record of it cannot be read.</exception>
    /// <remarks>It is evaluated as the recipe in the folder's manifest says, also where that is to run a program: verify what others made by a recipe of your own.</remarks>
    public Task<GlueVerification> VerifyAsync(string folder, IProgress<GlueProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new GlueVerifier(Path.GetFullPath(folder), null, _services, progress).RunAsync(cancellationToken);
    }

    /// <summary>Derives every score of a recipe's output again, as it is done for a folder, but only where the folder was made by this recipe: threads and workers may differ.</summary>
    /// <param name="recipe">The recipe of a run that came to its end.</param>
    /// <param name="progress">Told how far the verification is.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <exception cref="GlueException">The folder is no output of a run, or of another recipe; or a record of it cannot be read.</exception>
    public Task<GlueVerification> VerifyAsync(GlueRecipe recipe, IProgress<GlueProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return new GlueVerifier(Path.TrimEndingDirectorySeparator(recipe.Resolve(recipe.Output)), recipe, _services, progress).RunAsync(cancellationToken);
    }
}
