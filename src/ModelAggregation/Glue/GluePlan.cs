using System.Globalization;
using System.Text;

namespace ModelAggregation.Glue;

/// <summary>What a pipeline will do, as far as it is known before models are compared: bounds that hold however they fall into families.</summary>
public sealed record GluePlan
{
    /// <summary>Gets the recipe.</summary>
    public required GlueRecipe Recipe { get; init; }

    /// <summary>Gets the full path of the output folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the models by architecture: families are within these.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Architectures { get; init; }

    /// <summary>Gets the stages, a sentence each.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    /// <summary>Gets the most evaluations, those of both sets, the final ones included.</summary>
    public required long MostEvaluations { get; init; }

    /// <summary>Gets the most bytes of models that are written: merged models and mixtures.</summary>
    public required long MostOutputBytes { get; init; }

    /// <summary>Gets the most bytes of memory, beside what the evaluator and the runtime take: a merged model for each worker with the tiles of its merge, or the tiles of a comparison.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Gets the free bytes of the disk of the output.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>Gets what the user should know but need not change, one sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Writes the plan for people.</summary>
    public string Describe()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Architectures.Sum(models => models.Count)} models of {Architectures.Count} {(Architectures.Count == 1 ? "architecture" : "architectures")} into '{Folder}'\n");
        foreach (IReadOnlyList<string> models in Architectures)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {string.Join(", ", models)}\n");
        }

        for (int stage = 0; stage < Stages.Count; stage++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{stage + 1}. {Stages[stage]}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"at most {MostEvaluations:N0} evaluations, {MostOutputBytes:N0} bytes of models written ({FreeBytes:N0} are free), {PeakMemoryBytes:N0} bytes of memory beside the evaluator's\n");
        foreach (string warning in Warnings)
        {
            text.Append(CultureInfo.InvariantCulture, $"Warning: {warning}\n");
        }

        return text.ToString();
    }

    /// <summary>Writes the plan as <see cref="Describe"/> does.</summary>
    public override string ToString() => Describe();
}
