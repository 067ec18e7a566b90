using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// The Riemannian centre of mass (Karcher 1977) of the models' directions on the sphere, at their mean length; all models count equally.
/// </summary>
/// <remarks>
/// The mean stays in the space that the models span, so that it is iterated on their inner products and costs no pass over the weights. A model whose
/// norm is at most <c>tol</c> has no direction but counts in the length. A direction opposite to the mean says nothing about where to go and is
/// skipped. Where the directions cancel, iteration starts at the first model's in the recipe's order.
/// </remarks>
public sealed class KarcherMerge : GramMethod
{
    private static readonly MergeParameter Iterations =
        new("max_iter", ParameterKind.Number, 10.0) { Minimum = 0, Summary = "The largest number of iterations." };

    private static readonly MergeParameter Tolerance = new("tol", ParameterKind.Number, 1e-5)
    {
        Minimum = 0,
        MinimumIsExclusive = true,
        Summary = "The norm, angle and step below which there is nothing left to tell.",
    };

    /// <inheritdoc />
    public override string Name => "karcher";

    /// <inheritdoc />
    public override string Summary => "The centre of mass of the models' directions on the sphere, at their mean length.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Iterations, Tolerance];

    /// <inheritdoc />
    public override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        double iterations = tensor.Parameters.Number(Iterations.Name);
        if (!double.IsInteger(iterations))
        {
            yield return $"'{Iterations.Name}' is {iterations}; it is a whole number.";
        }
    }

    private protected override double[] Coefficients(TensorMerge merge, IReadOnlyList<int> models, GramMatrix gram)
    {
        double tolerance = merge.Parameters.Number(Tolerance.Name);
        double[] norms = [.. models.Select((_, i) => gram.Norm(i))];
        int[] directed = [.. Enumerable.Range(0, norms.Length).Where(i => !(norms[i] <= tolerance))];
        double[] coefficients = new double[norms.Length];
        if (directed.Length == 0)
        {
            return coefficients;
        }

        double[,] cosines = new double[directed.Length, directed.Length];
        foreach ((int row, int i) in directed.Index())
        {
            foreach ((int column, int j) in directed.Index())
            {
                cosines[row, column] = gram[i, j] / (norms[i] * norms[j]);
            }
        }

        double[] mean = Mean(new GramMatrix(cosines), merge.Parameters.Number(Iterations.Name), tolerance);
        double length = norms.Average();
        foreach ((int row, int i) in directed.Index())
        {
            coefficients[i] = mean[row] * length / norms[i];
        }

        return coefficients;
    }

    /// <summary>Finds the mean of unit vectors, as coefficients of these.</summary>
    private static double[] Mean(GramMatrix directions, double iterations, double tolerance)
    {
        int count = directions.Count;
        double[] mean = new double[count];
        Array.Fill(mean, 1.0 / count);
        double norm = Math.Sqrt(directions.SquaredNorm(mean));
        if (norm < tolerance)
        {
            Array.Clear(mean);
            mean[0] = norm = 1;
        }

        Scale(mean, 1 / norm);
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double[] step = Step(directions, mean, tolerance);
            double length = Math.Sqrt(directions.SquaredNorm(step));
            if (!(length >= tolerance))
            {
                break;
            }

            Scale(mean, Math.Cos(length));
            for (int i = 0; i < count; i++)
            {
                mean[i] += Math.Sin(length) / length * step[i];
            }

            Scale(mean, 1 / Math.Sqrt(directions.SquaredNorm(mean)));
        }

        return mean;
    }

    /// <summary>Adds up the tangent vectors that lead from the mean to each direction.</summary>
    private static double[] Step(GramMatrix directions, double[] mean, double tolerance)
    {
        double[] step = new double[mean.Length];
        for (int i = 0; i < mean.Length; i++)
        {
            double cosine = Math.Clamp(mean.Select((coefficient, j) => coefficient * directions[j, i]).Sum(), -1, 1);
            double angle = Math.Acos(cosine);
            if (angle < tolerance || Math.PI - angle < tolerance)
            {
                continue;
            }

            double factor = angle / (Math.Sin(angle) * mean.Length);
            step[i] += factor;
            for (int j = 0; j < mean.Length; j++)
            {
                step[j] -= factor * cosine * mean[j];
            }
        }

        return step;
    }

    private static void Scale(double[] vector, double factor)
    {
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] *= factor;
        }
    }
}
