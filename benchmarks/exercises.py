"""Twenty small functions with tests of their own: what `code_tasks.py` plants faults in. They were written for it."""

from __future__ import annotations

from typing import NamedTuple


class Exercise(NamedTuple):
    """A module of one function, the function's docstring apart, and assertions by which a fault shows."""

    name: str
    signature: str
    docstring: str
    body: str
    tests: tuple[str, ...]

    def module(self, documented: bool = True) -> str:
        said = f'    """{self.docstring}"""\n' if documented else ""
        body = "".join(f"    {line}\n" for line in self.body.strip("\n").split("\n"))
        return f"def {self.name}({self.signature}):\n{said}{body}"

    def check(self) -> str:
        """The assertions as tests, one each."""
        return "\n".join(f"def test_{i}():\n    assert {test}\n" for i, test in enumerate(self.tests, 1))


EXERCISES = (
    Exercise("clamp", "x, low, high", "Return x, moved into the range from low to high.", """
if x < low:
    return low
if x > high:
    return high
return x
""", ("clamp(5, 0, 9) == 5", "clamp(-1, 0, 9) == 0", "clamp(12, 0, 9) == 9")),
    Exercise("absolute", "x", "Return x without its sign.", """
if x < 0:
    return -x
return x
""", ("absolute(-3) == 3", "absolute(4) == 4", "absolute(0) == 0")),
    Exercise("total", "numbers", "Return the sum of the numbers.", """
result = 0
for number in numbers:
    result += number
return result
""", ("total([1, 2, 3]) == 6", "total([]) == 0", "total([-1, 1]) == 0", "total([7]) == 7")),
    Exercise("largest", "numbers", "Return the largest of the numbers.", """
best = numbers[0]
for number in numbers:
    if number > best:
        best = number
return best
""", ("largest([1, 5, 2]) == 5", "largest([-4, -2]) == -2", "largest([3]) == 3", "largest([9, 1]) == 9")),
    Exercise("count_vowels", "word", "Return how many letters of the word are vowels.", """
count = 0
for letter in word:
    if letter in "aeiou":
        count += 1
return count
""", ("count_vowels('banana') == 3", "count_vowels('sky') == 0", "count_vowels('ouija') == 4")),
    Exercise("is_even", "n", "Return whether n is divisible by two.", """
return n % 2 == 0
""", ("is_even(4) is True", "is_even(3) is False", "is_even(0) is True", "is_even(9) is False")),
    Exercise("factorial", "n", "Return the product of the numbers from 1 to n.", """
result = 1
for i in range(2, n + 1):
    result *= i
return result
""", ("factorial(0) == 1", "factorial(3) == 6", "factorial(5) == 120")),
    Exercise("fibonacci", "n", "Return the n-th Fibonacci number; the first two are 0 and 1.", """
a, b = 0, 1
for _ in range(n):
    a, b = b, a + b
return a
""", ("fibonacci(0) == 0", "fibonacci(1) == 1", "fibonacci(7) == 13")),
    Exercise("reverse", "text", "Return the text backwards.", """
result = ""
for letter in text:
    result = letter + result
return result
""", ("reverse('abc') == 'cba'", "reverse('') == ''", "reverse('no') == 'on'")),
    Exercise("is_palindrome", "text", "Return whether the text reads the same backwards.", """
for i in range(len(text) // 2):
    if text[i] != text[len(text) - 1 - i]:
        return False
return True
""", ("is_palindrome('abba') is True", "is_palindrome('abca') is False", "is_palindrome('aba') is True",
      "is_palindrome('ab') is False")),
    Exercise("mean", "numbers", "Return the mean of the numbers, or 0 of none.", """
if len(numbers) == 0:
    return 0
return sum(numbers) / len(numbers)
""", ("mean([1, 2, 3]) == 2", "mean([]) == 0", "mean([4]) == 4", "mean([1, 2]) == 1.5")),
    Exercise("is_leap", "year", "Return whether the year has a 29th of February.", """
return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
""", ("is_leap(2024) is True", "is_leap(1900) is False", "is_leap(2000) is True", "is_leap(2023) is False")),
    Exercise("fizzbuzz", "n", "Return Fizz for multiples of 3, Buzz of 5, FizzBuzz of both, else the number.", """
if n % 15 == 0:
    return "FizzBuzz"
if n % 3 == 0:
    return "Fizz"
if n % 5 == 0:
    return "Buzz"
return str(n)
""", ("fizzbuzz(15) == 'FizzBuzz'", "fizzbuzz(9) == 'Fizz'", "fizzbuzz(10) == 'Buzz'", "fizzbuzz(7) == '7'")),
    Exercise("gcd", "a, b", "Return the greatest common divisor of a and b.", """
while b != 0:
    a, b = b, a % b
return a
""", ("gcd(12, 18) == 6", "gcd(7, 5) == 1", "gcd(4, 0) == 4")),
    Exercise("index_of", "items, wanted", "Return the first place of what is wanted, or -1.", """
for i in range(len(items)):
    if items[i] == wanted:
        return i
return -1
""", ("index_of([4, 5, 6], 5) == 1", "index_of([4], 9) == -1", "index_of([7, 7], 7) == 0")),
    Exercise("without_repeats", "items", "Return the items without those that came before.", """
result = []
for item in items:
    if item not in result:
        result.append(item)
return result
""", ("without_repeats([1, 2, 1]) == [1, 2]", "without_repeats([]) == []", "without_repeats([3, 3, 3]) == [3]")),
    Exercise("celsius", "fahrenheit", "Return degrees Fahrenheit as degrees Celsius.", """
return (fahrenheit - 32) * 5 / 9
""", ("celsius(32) == 0", "celsius(212) == 100", "celsius(-40) == -40")),
    Exercise("is_prime", "n", "Return whether n is a prime number.", """
if n < 2:
    return False
for divisor in range(2, n):
    if n % divisor == 0:
        return False
return True
""", ("is_prime(7) is True", "is_prime(9) is False", "is_prime(1) is False", "is_prime(2) is True")),
    Exercise("power", "x, n", "Return x to the power of n, which is 0 or more.", """
result = 1
while n > 0:
    result = result * x
    n = n - 1
return result
""", ("power(2, 5) == 32", "power(3, 0) == 1", "power(5, 1) == 5")),
    Exercise("initials", "name", "Return the first letter of each word of the name, with dots.", """
result = ""
for word in name.split():
    result = result + word[0] + "."
return result
""", ("initials('Ada Lovelace') == 'A.L.'", "initials('Plato') == 'P.'", "initials('') == ''")),
)  # fmt: skip
