namespace ModelTensors.LowRank;

/// <summary>A symmetric matrix reflected to a tridiagonal one, whose eigenvalues and vectors it then finds.</summary>
internal sealed class Tridiagonal
{
    private const double Precision = 1.0 / (1L << 52);

    // Beside a matrix whose largest element is one, less than this cannot be told from zero.
    private const double Negligible = Precision * Precision;

    // Implicit steps for each value: two are usual.
    private const int LargestStepCount = 60;

    private readonly int _size;
    private readonly double[] _beside;
    private readonly double[][] _reflections;
    private readonly double[] _factors;
    private double[][] _rows = [];

    /// <summary>Reflects a matrix, scaled by 2^-exponent.</summary>
    public Tridiagonal(ReadOnlySpan<double> matrix, int size, int exponent, CancellationToken cancellationToken)
    {
        _size = size;
        Diagonal = new double[size];
        _beside = new double[size];
        _factors = new double[size];
        _reflections = new double[size][];
        double[][] rows = new double[size][];
        double scale = Math.ScaleB(1, -exponent);
        for (int i = 0; i < size; i++)
        {
            rows[i] = new double[size];
            for (int j = 0; j < size; j++)
            {
                rows[i][j] = matrix[(i * size) + j] * scale;
            }
        }

        for (int k = 0; k < size; k++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Reflect(rows, k);
        }
    }

    /// <summary>Gets the diagonal; after <see cref="Diagonalize"/> the eigenvalues.</summary>
    public double[] Diagonal { get; }

    /// <summary>Rotates until nothing is left beside the diagonal, and returns the indices of the values in descending order.</summary>
    /// <param name="withVectors">Whether vectors are wanted.</param>
    /// <param name="cancellationToken">Stops between values.</param>
    public int[] Diagonalize(bool withVectors, CancellationToken cancellationToken)
    {
        if (withVectors)
        {
            _rows = new double[_size][];
            for (int i = 0; i < _size; i++)
            {
                _rows[i] = new double[_size];
                _rows[i][i] = 1;
            }
        }

        int steps = 0;
        for (int last = _size - 1; last > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsNegligible(last - 1))
            {
                _beside[last - 1] = 0;
                last--;
                steps = 0;
                continue;
            }

            if (++steps > LargestStepCount)
            {
                throw new InvalidOperationException($"Eigenvalue {last} of a {_size} × {_size} matrix did not settle in {LargestStepCount} steps.");
            }

            int first = last - 1;
            while (first > 0 && !IsNegligible(first - 1))
            {
                first--;
            }

            Step(first, last);
        }

        // Sorted by descending value; equal ones keep their order.
        return [.. Enumerable.Range(0, _size).OrderByDescending(index => Diagonal[index])];
    }

    /// <summary>Returns the vector of a value in the coordinates of the matrix.</summary>
    public double[] Vector(int index)
    {
        double[] vector = [.. _rows[index]];
        for (int k = _size - 1; k >= 0; k--)
        {
            if (_factors[k] != 0)
            {
                Span<double> part = vector.AsSpan(k + 1);
                ColumnMatrix.Add(-_factors[k] * ColumnMatrix.Dot(_reflections[k], part), _reflections[k], part);
            }
        }

        return vector;
    }

    /// <summary>Reflects the rows and columns behind k so that only the element beside the diagonal is left of row k.</summary>
    private void Reflect(double[][] rows, int k)
    {
        Diagonal[k] = rows[k][k];
        int count = _size - k - 1;
        double[] vector = _reflections[k] = rows[k].AsSpan(k + 1).ToArray();
        if (count == 0)
        {
            return;
        }

        double rest = ColumnMatrix.Dot(vector.AsSpan(1), vector.AsSpan(1));
        if (rest == 0)
        {
            _beside[k] = vector[0];
            return;
        }

        // The sign avoids cancellation in the first element.
        double norm = Math.Sqrt((vector[0] * vector[0]) + rest);
        double beside = vector[0] > 0 ? -norm : norm;
        vector[0] -= beside;
        double factor = 2 / ((vector[0] * vector[0]) + rest);
        _beside[k] = beside;
        _factors[k] = factor;

        double[] product = new double[count];
        for (int i = 0; i < count; i++)
        {
            product[i] = factor * ColumnMatrix.Dot(rows[k + 1 + i].AsSpan(k + 1), vector);
        }

        ColumnMatrix.Add(-0.5 * factor * ColumnMatrix.Dot(product, vector), vector, product);
        for (int i = 0; i < count; i++)
        {
            SmallMatrix.AddTwo(-vector[i], product, -product[i], vector, rows[k + 1 + i].AsSpan(k + 1));
        }
    }

    private bool IsNegligible(int index) =>
        Math.Abs(_beside[index]) <= Math.Max(Negligible, Precision * (Math.Abs(Diagonal[index]) + Math.Abs(Diagonal[index + 1])));

    /// <summary>One implicit step with Wilkinson's shift over a block that has no negligible element beside the diagonal.</summary>
    private void Step(int first, int last)
    {
        double half = (Diagonal[last - 1] - Diagonal[last]) / 2;
        double edge = _beside[last - 1];
        double root = Math.Sqrt((half * half) + (edge * edge));
        double shift = Diagonal[last] - (edge * (edge / (half + (half < 0 ? -root : root))));
        double x = Diagonal[first] - shift;
        double z = _beside[first];
        for (int k = first; k < last; k++)
        {
            double length = Math.Sqrt((x * x) + (z * z));
            (double cosine, double sine) = length == 0 ? (1, 0) : (x / length, z / length);
            (double a, double b, double d) = (Diagonal[k], _beside[k], Diagonal[k + 1]);
            if (k > first)
            {
                _beside[k - 1] = length;
            }

            double cross = 2 * cosine * sine * b;
            Diagonal[k] = (cosine * cosine * a) + cross + (sine * sine * d);
            Diagonal[k + 1] = (sine * sine * a) - cross + (cosine * cosine * d);
            _beside[k] = (cosine * sine * (d - a)) + (((cosine * cosine) - (sine * sine)) * b);
            if (k < last - 1)
            {
                x = _beside[k];
                z = sine * _beside[k + 1];
                _beside[k + 1] *= cosine;
            }

            if (_rows.Length > 0)
            {
                SmallMatrix.Rotate(_rows[k], _rows[k + 1], cosine, sine);
            }
        }
    }
}
