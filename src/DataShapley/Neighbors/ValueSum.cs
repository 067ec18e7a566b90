namespace DataShapley.Neighbors;

/// <summary>The values of a row over some test points: their sum and that of their squares, side by side because they are met in random order.</summary>
internal struct ValueSum
{
    public double Sum;
    public double Squares;

    public void Add(double value)
    {
        Sum += value;
        Squares += value * value;
    }
}
