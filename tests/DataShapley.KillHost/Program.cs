using System.Globalization;
using DataShapley;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.KillHost;

// Values a game with a journal and tells of each evaluation, until somebody kills it or it has the values.
using LoggingUtility utility = new(int.Parse(args[2], CultureInfo.InvariantCulture), args[1]);
ValuationRecipe recipe = new(args[4] is "permutation" ? new PermutationEstimator() : new ExactEstimator())
{
    Budget = args[4] is "permutation" ? 1400 : null,
    Evaluation = new EvaluationOptions { JournalPath = args[0], Workers = int.Parse(args[3], CultureInfo.InvariantCulture) },
};
ValuationResult result = await new DataValuator().ValueAsync(utility, recipe);
Console.WriteLine($"values {string.Join(' ', result.Values.Select(value => BitConverter.DoubleToInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture)))}");
