using System.CommandLine;
using DataShapley;
using DataShapley.Datasets;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Utilities;

namespace ValueData;

/// <summary>The verb <c>value</c>: any estimator over a probe.</summary>
internal static class ValueCommand
{
    private static readonly EstimatorRegistry Registry = EstimatorRegistry.CreateDefault();

    private static readonly Option<string> Train = Verb.Required("--train", "The training points: CSV with a header, numbers and a label column.");
    private static readonly Option<string> Test = Verb.Required("--test", "The test points, with the same columns.");
    private static readonly Option<string> Label = Verb.Required("--label", "The label column.");
    private static readonly Option<string> Probe = new("--utility") { Description = "softmax (the accuracy of a linear classifier, trained on each coalition) or knn; softmax by default.", DefaultValueFactory = _ => "softmax" };
    private static readonly Option<string> Method = new("--method") { Description = $"{string.Join(", ", Registry.Estimators.Select(estimator => estimator.Name))}; permutation by default.", DefaultValueFactory = _ => "permutation" };
    private static readonly Option<long?> Budget = new("--budget") { Description = "How many coalitions to evaluate at most; needed by methods that never end by themselves." };
    private static readonly Option<int> K = Verb.Count("--k", "How many neighbours vote, for --utility knn", 5);
    private static readonly Option<int> Workers = Verb.Count("--workers", "How many evaluations run at once", Environment.ProcessorCount);
    private static readonly Option<string?> Journal = new("--journal") { Description = "A file that records evaluations: a run that was killed goes on from it." };
    private static readonly Option<ulong> Seed = Verb.Seed();
    private static readonly Option<string> Output = Verb.Output("The values: CSV, or JSON where the name ends so");

    public static Command Create()
    {
        Command command = new("value", "Values training points by what a model trained on coalitions of them scores.") { Train, Test, Label, Probe, Method, Budget, K, Workers, Journal, Seed, Output };
        Probe.AcceptOnlyFromAmong("softmax", "knn");
        Method.AcceptOnlyFromAmong([.. Registry.Estimators.Select(estimator => estimator.Name)]);
        Budget.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(Budget) is < 1)
            {
                result.AddError("--budget is at least 1.");
            }
        });
        command.Runs(RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        (LabeledPoints train, LabeledPoints test) = await Verb.LoadAsync(parsed.GetRequiredValue(Train), parsed.GetRequiredValue(Test), parsed.GetRequiredValue(Label), cancellationToken);
        IUtility utility = parsed.GetRequiredValue(Probe) is "knn" ? new KnnUtility(train, test, parsed.GetValue(K)) : new SoftmaxProbeUtility(train, test);
        if (!Registry.TryGet(parsed.GetRequiredValue(Method), out Estimator? estimator))
        {
            throw new ArgumentException($"There is no method '{parsed.GetRequiredValue(Method)}'.");
        }

        ValuationRecipe recipe = new(estimator)
        {
            Budget = parsed.GetValue(Budget),
            Seed = parsed.GetValue(Seed),
            Evaluation = new EvaluationOptions { Workers = parsed.GetValue(Workers), JournalPath = parsed.GetValue(Journal) },
        };
        Verb.Save(await Verb.WithProgressAsync(estimator.Name, progress => new DataValuator().ValueAsync(utility, recipe, progress, cancellationToken)), parsed.GetRequiredValue(Output));
    }
}
