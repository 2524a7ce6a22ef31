"""What runs by itself: the nightly job, its schedule, and the sensor that knows the exams."""
