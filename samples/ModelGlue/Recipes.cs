using ModelAggregation.Glue;

namespace GlueMiniature;

/// <summary>The recipe of the sample, <c>glue.yml</c>, as the command line changes it.</summary>
internal static class Recipes
{
    private const int FewQuestions = 20;

    private static readonly double[] FewCoefficients = [0.3, 0.5, 0.7];
    private static readonly string[] FewStrategies = ["average", "coefficient", "cma-es"];

    public static GlueRecipe Load(bool isQuick, string? zoo, string? work, ulong? seed)
    {
        GlueRecipe recipe = GlueRecipe.Load(Path.Combine(Find(), "glue.yml"));
        recipe = recipe with { Search = recipe.Search with { Workers = Environment.ProcessorCount }, Seed = seed ?? recipe.Seed };
        recipe = isQuick ? Shorten(recipe) : recipe;
        recipe = zoo is null ? recipe : Of(recipe, Path.GetFullPath(zoo));
        return work is null ? recipe : recipe with { Output = Path.GetFullPath(work) };
    }

    private static GlueRecipe Shorten(GlueRecipe recipe) => recipe with
    {
        Search = recipe.Search with
        {
            Coefficients = FewCoefficients,
            Strategies = [.. recipe.Search.Strategies.Where(strategy => FewStrategies.Contains(strategy.Name, StringComparer.Ordinal)).DistinctBy(strategy => strategy.Name, StringComparer.Ordinal)
                .Select(strategy => strategy with { Variation = strategy.Variation with { Evaluations = FewQuestions } })],
        },
        Candidates = [.. recipe.Candidates.DistinctBy(candidate => candidate.Method, StringComparer.Ordinal)],
        Evaluation = recipe.Evaluation! with { Tasks = [.. recipe.Evaluation!.Tasks.Select(task => task with { Limit = FewQuestions })] },
        Output = "out/quick",
    };

    // The questions lie beside the models, and each zoo has an output of its own.
    private static GlueRecipe Of(GlueRecipe recipe, string zoo) => recipe with
    {
        Zoo = zoo,
        Evaluation = recipe.Evaluation! with { Tasks = [.. recipe.Evaluation!.Tasks.Select(task => task with { File = Path.Combine(zoo, "eval", Path.GetFileName(task.File!)) })] },
        Output = $"{recipe.Output}-{Path.GetFileName(Path.TrimEndingDirectorySeparator(zoo))}",
    };

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string sample = Path.Combine(folder.FullName, "samples", "ModelGlue");
            if (File.Exists(Path.Combine(sample, "glue.yml")))
            {
                return sample;
            }
        }

        throw new DirectoryNotFoundException("The sample's recipe is samples/ModelGlue/glue.yml of the repository: run it from a clone.");
    }
}
